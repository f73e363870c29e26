DROP INDEX service_accounts_by_name;
DROP INDEX tokens_of_account;
