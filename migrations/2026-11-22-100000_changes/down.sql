DROP FUNCTION token_project_changed() CASCADE;
DROP FUNCTION all_changed() CASCADE;
DROP FUNCTION changed() CASCADE;
DROP FUNCTION tell_change(text);
