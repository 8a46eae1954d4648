-- user_version 1

CREATE TABLE checkpoints (
  feed TEXT PRIMARY KEY NOT NULL,
  organization TEXT NOT NULL,
  checkpoint TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE accounts (
  kind TEXT,
  account_id INTEGER NOT NULL,
  last_modified_date_time TEXT,
  last_modified_by TEXT,
  created_date_time TEXT,
  created_by TEXT,
  primary_contact_contact_id INTEGER,
  primary_contact_first_name TEXT,
  primary_contact_last_name TEXT,
  primary_contact_middle_name TEXT,
  primary_contact_prefix TEXT,
  primary_contact_suffix TEXT,
  primary_contact_preferred_name TEXT,
  primary_contact_salutation TEXT,
  primary_contact_email1 TEXT,
  primary_contact_email2 TEXT,
  primary_contact_email3 TEXT,
  primary_contact_phone1 TEXT,
  primary_contact_phone1_type TEXT,
  primary_contact_phone2 TEXT,
  primary_contact_phone2_type TEXT,
  primary_contact_phone3 TEXT,
  primary_contact_phone3_type TEXT,
  primary_contact_fax TEXT,
  primary_contact_dob TEXT,
  primary_contact_gender_code TEXT,
  primary_contact_gender_name TEXT,
  primary_contact_deceased INTEGER,
  primary_contact_title TEXT,
  primary_contact_department TEXT,
  no_solicitation INTEGER,
  url TEXT,
  login_username TEXT,
  login_password TEXT,
  login_org_id TEXT,
  source_id TEXT,
  source_name TEXT,
  existing_organization_id INTEGER,
  organization_name TEXT,
  individual_types TEXT,
  twitter_page TEXT,
  facebook_page TEXT,
  primary_contact_account_id INTEGER,
  organization_types TEXT,
  extra TEXT,
  PRIMARY KEY (account_id)
);

CREATE TABLE account_addresses (
  account_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  address_id INTEGER,
  is_primary_address INTEGER,
  is_shipping_address INTEGER,
  shipping_company_name TEXT,
  shipping_deliver_to TEXT,
  address_type_id TEXT,
  address_type_name TEXT,
  address_line1 TEXT,
  address_line2 TEXT,
  address_line3 TEXT,
  address_line4 TEXT,
  city TEXT,
  state_code TEXT,
  state_name TEXT,
  province TEXT,
  county TEXT,
  country_id TEXT,
  country_name TEXT,
  zip_code TEXT,
  zip_code_suffix TEXT,
  start_date TEXT,
  end_date TEXT,
  confirm_delete INTEGER,
  extra TEXT,
  PRIMARY KEY (account_id, position)
) WITHOUT ROWID;

CREATE TABLE account_custom_fields (
  account_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  field_id TEXT,
  field_option_id TEXT,
  field_value TEXT,
  extra TEXT,
  PRIMARY KEY (account_id, position)
) WITHOUT ROWID;

CREATE TABLE account_deletions (
  account_id INTEGER NOT NULL,
  provisional INTEGER,
  PRIMARY KEY (account_id)
);

CREATE TABLE account_merges (
  account_id INTEGER NOT NULL,
  current_account_id INTEGER,
  provisional INTEGER,
  PRIMARY KEY (account_id)
);

CREATE TABLE activities (
  activity_id INTEGER NOT NULL,
  created_date_time TEXT,
  created_by TEXT,
  last_modified_date_time TEXT,
  last_modified_by TEXT,
  subject TEXT,
  note TEXT,
  start_date_time TEXT,
  end_date_time TEXT,
  time_zone_offset INTEGER,
  client_id INTEGER,
  system_user_id INTEGER,
  activity_status_id TEXT,
  activity_status_name TEXT,
  activity_priority TEXT,
  encrypted_ios_calendar_key TEXT,
  extra TEXT,
  PRIMARY KEY (activity_id)
);

CREATE TABLE activity_custom_fields (
  activity_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  field_id TEXT,
  field_option_id TEXT,
  field_value TEXT,
  extra TEXT,
  PRIMARY KEY (activity_id, position)
) WITHOUT ROWID;

CREATE TABLE activity_deletions (
  activity_id INTEGER NOT NULL,
  provisional INTEGER,
  PRIMARY KEY (activity_id)
);
