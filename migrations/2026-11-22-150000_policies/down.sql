DROP INDEX users_by_name, users_named, organizations_by_name, organizations_named;
