DROP TABLE token_blocks;
DROP TRIGGER leave_tokens_behind ON memberships;
DROP FUNCTION leave_tokens_behind;
DROP INDEX tokens_without_steward;
ALTER TABLE tokens DROP COLUMN steward_id;
DROP TABLE invitation_projects, invitations;
