PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES(1,0,1,'2026-11-26 07:50:05');
INSERT INTO goose_db_version VALUES(2,1,1,'2026-11-26 07:50:05');
INSERT INTO goose_db_version VALUES(3,2,1,'2026-11-26 07:50:05');
INSERT INTO goose_db_version VALUES(4,3,1,'2026-11-26 07:50:05');
INSERT INTO goose_db_version VALUES(5,4,1,'2026-11-26 07:50:05');
INSERT INTO goose_db_version VALUES(6,10,1,'2026-11-26 07:50:05');
INSERT INTO goose_db_version VALUES(7,11,1,'2026-11-26 07:50:05');
INSERT INTO goose_db_version VALUES(8,12,1,'2026-11-26 07:50:05');
CREATE TABLE store_info (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
INSERT INTO store_info VALUES('id','a6db429b-762f-4a26-9f68-5348f9b875e2');
CREATE TABLE destinations (
    destination TEXT NOT NULL PRIMARY KEY,
    paused      INTEGER NOT NULL DEFAULT 0,
    reason      TEXT NOT NULL DEFAULT '',
    by_whom     TEXT NOT NULL DEFAULT '',
    since       BIGINT
);
INSERT INTO destinations VALUES('dynamics',0,'','',NULL);
CREATE TABLE runs (
    run             TEXT NOT NULL PRIMARY KEY,
    workflow_id     TEXT NOT NULL,
    destination     TEXT NOT NULL,
    audience        TEXT NOT NULL,
    namespace       TEXT NOT NULL,
    mapping_id      TEXT NOT NULL,
    column_name     TEXT NOT NULL,
    kind            TEXT NOT NULL,
    status          TEXT NOT NULL,
    reason          TEXT NOT NULL DEFAULT '',
    by_whom         TEXT NOT NULL DEFAULT '',
    since           BIGINT,
    as_of           BIGINT,
    source_identity TEXT,
    staged_position BIGINT NOT NULL DEFAULT 0,
    staging_done    INTEGER NOT NULL DEFAULT 0,
    sorted_to       TEXT NOT NULL DEFAULT '',
    ignored         BIGINT NOT NULL DEFAULT 0,
    absent_cursor   TEXT NOT NULL DEFAULT '',
    absent_done     INTEGER NOT NULL DEFAULT 0,
    absent          BIGINT NOT NULL DEFAULT 0,
    batches_cut     INTEGER NOT NULL DEFAULT 0,
    purged          INTEGER NOT NULL DEFAULT 0,
    policy          TEXT,
    counts          TEXT,
    started_at      BIGINT NOT NULL,
    ended_at        BIGINT,
    report          TEXT,
    error           TEXT NOT NULL DEFAULT ''
, without_consent BIGINT NOT NULL DEFAULT 0);
INSERT INTO runs VALUES('done','activate/dynamics/vip','dynamics','vip','ups','vip','acme_vip','activate','completed','','',1774008000000000,1773057600000000,'done@1',42,1,'fa8cfb85-0000-4000-8000-000000000015',0,'',0,0,1,1,'{"destination":"dynamics","statusColumn":"acme_vip","realizedWord":"realized","exitedWord":"exited","onExit":"write"}','{"received":42,"activated":40,"unchanged":0,"superseded":0,"excluded":1,"failed":1,"pending":0,"ignored":0,"warnings":0,"reasons":{"plugin_error":1,"unknown_status":1},"byStatus":{"realized":39,"exited":1},"toRead":0,"absent":0,"duplicates":0,"withoutConsent":0}',1774008000000000,1774008000000000,'{"run":"done"}','',0);
INSERT INTO runs VALUES('dry','activate/dynamics/vip','dynamics','vip','ups','vip','acme_vip','plan','completed','','',1774008000000000,1773144000000000,'dry@1',2,1,'fdeb2507-0000-4000-8000-000000000037',0,'',0,0,0,0,'{"destination":"dynamics","statusColumn":"acme_vip","realizedWord":"realized","exitedWord":"exited","onExit":"write"}','{"received":2,"activated":0,"unchanged":0,"superseded":0,"excluded":0,"failed":0,"pending":2,"ignored":0,"warnings":0,"reasons":{},"byStatus":{"realized":0,"exited":0},"toRead":0,"absent":0,"duplicates":0,"withoutConsent":0}',1774008000000000,1774008000000000,NULL,'',0);
INSERT INTO runs VALUES('sending','activate/dynamics/vip','dynamics','vip','ups','vip','acme_vip','activate','running','','',NULL,1773230400000000,'sending@1',9,1,'f519f70a-0000-4000-8000-00000000002a',0,'',0,0,1,0,'{"destination":"dynamics","statusColumn":"acme_vip","realizedWord":"realized","exitedWord":"exited","onExit":"write"}',NULL,1774008000000000,NULL,NULL,'',0);
INSERT INTO runs VALUES('waiting','activate/dynamics/vip','dynamics','vip','ups','vip','acme_vip','activate','waiting','too many exits','audienceflow',1774008000000000,1773316800000000,'waiting@1',1,1,'3c6ef362-0000-4000-8000-000000000002',0,'',0,0,0,0,'{"destination":"dynamics","statusColumn":"acme_vip","realizedWord":"realized","exitedWord":"exited","onExit":"write"}',NULL,1774008000000000,NULL,NULL,'',0);
INSERT INTO runs VALUES('window','stream/dynamics/vip','dynamics','vip','ups','vip','acme_vip','stream','running','','',NULL,NULL,NULL,0,1,'',0,'',0,0,0,1,NULL,'{"received":0,"activated":0,"unchanged":0,"superseded":0,"excluded":0,"failed":0,"pending":0,"ignored":0,"warnings":0,"reasons":{},"byStatus":{"realized":0,"exited":0},"toRead":0,"absent":0,"duplicates":0,"withoutConsent":0}',1774008000000000,NULL,NULL,'',0);
INSERT INTO runs VALUES('8b01bef9-c2c0-4c25-b2b7-13169c09fbd4','stream/dynamics/vip','dynamics','vip','ups','vip','acme_vip','stream-batch','running','','',NULL,NULL,NULL,3,1,'c17c31a5-0000-4000-8000-000000000035',0,'',0,0,1,0,'{"destination":"dynamics","statusColumn":"acme_vip","realizedWord":"realized","exitedWord":"exited","onExit":"write"}',NULL,1774008000000000,NULL,NULL,'',0);
CREATE TABLE status_columns (
    destination TEXT NOT NULL,
    column_name TEXT NOT NULL,
    audience    TEXT NOT NULL,
    namespace   TEXT NOT NULL,
    claimed_at  BIGINT NOT NULL,
    PRIMARY KEY (destination, column_name)
) WITHOUT ROWID;
INSERT INTO status_columns VALUES('dynamics','acme_vip','vip','ups',1774008000000000);
CREATE TABLE staged (
    run          TEXT NOT NULL,
    contact      TEXT NOT NULL,
    position     BIGINT NOT NULL,
    line         BIGINT NOT NULL,
    exited       INTEGER NOT NULL,
    qualified_at BIGINT NOT NULL,
    as_of        BIGINT NOT NULL,
    absent       INTEGER NOT NULL DEFAULT 0,
    attributes   TEXT NOT NULL,
    warnings     INTEGER NOT NULL DEFAULT 0,
    bad_column   TEXT,
    bad_reason   TEXT,
    word_mode    TEXT NOT NULL DEFAULT '',
    word         TEXT,
    losers       BIGINT NOT NULL DEFAULT 0,
    outcome      TEXT,
    batch        INTEGER DEFAULT 0,
    overwrites   INTEGER DEFAULT 0,
    before       TEXT, left_out TEXT,
    PRIMARY KEY (run, contact)
) WITHOUT ROWID;
INSERT INTO staged VALUES('8b01bef9-c2c0-4c25-b2b7-13169c09fbd4','2344b7f4-0000-4000-8000-000000000034',2,1,0,1772366400000000,1773921600000000,0,'{"firstname":"Fay"}',0,NULL,NULL,'',NULL,0,'pending',0,0,'{"acme_vip":null,"emailaddress1":null,"firstname":null}',NULL);
INSERT INTO staged VALUES('8b01bef9-c2c0-4c25-b2b7-13169c09fbd4','850d3e43-0000-4000-8000-000000000033',1,1,0,1772366400000000,1773921600000000,0,'{"firstname":"Fay"}',0,NULL,NULL,'',NULL,0,'pending',0,0,'{"acme_vip":null,"emailaddress1":null,"firstname":null}',NULL);
INSERT INTO staged VALUES('8b01bef9-c2c0-4c25-b2b7-13169c09fbd4','c17c31a5-0000-4000-8000-000000000035',3,1,0,1772366400000000,1773921600000000,0,'{"firstname":"Fay"}',0,NULL,NULL,'',NULL,0,'pending',0,0,'{"acme_vip":null,"emailaddress1":null,"firstname":null}',NULL);
INSERT INTO staged VALUES('done','56e27d59-0000-4000-8000-000000000029',41,42,0,1772366400000000,1773057600000000,0,'{"firstname":"Ann \"1\" é","emailaddress1":null}',0,NULL,NULL,'',NULL,0,'failed',2,0,'{"acme_vip":null,"emailaddress1":null,"firstname":null}',NULL);
INSERT INTO staged VALUES('dry','9e3779b1-0000-4000-8000-000000000001',1,2,0,1772452800000000,1773144000000000,0,'{"firstname":"Bea"}',0,NULL,NULL,'',NULL,0,'pending',0,0,NULL,NULL);
INSERT INTO staged VALUES('dry','fdeb2507-0000-4000-8000-000000000037',2,3,0,1772452800000000,1773144000000000,0,'{"firstname":"Cid"}',0,NULL,NULL,'',NULL,0,'pending',0,0,'{"acme_vip":null,"emailaddress1":null,"firstname":null}',NULL);
INSERT INTO staged VALUES('sending','0c2f577f-0000-4000-8000-00000000002f',6,7,0,1772539200000000,1773230400000000,0,'{"firstname":"Dan"}',0,NULL,NULL,'',NULL,0,'activated',1,0,'{"acme_vip":null,"emailaddress1":null,"firstname":null}',NULL);
INSERT INTO staged VALUES('sending','3188ea6c-0000-4000-8000-00000000002c',3,4,0,1772539200000000,1773230400000000,0,'{"firstname":"Dan"}',0,NULL,NULL,'',NULL,0,'activated',1,0,'{"acme_vip":null,"emailaddress1":null,"firstname":null}',NULL);
INSERT INTO staged VALUES('sending','489e4ae1-0000-4000-8000-000000000031',8,9,0,1772539200000000,1773230400000000,0,'{"firstname":"Dan"}',0,NULL,NULL,'',NULL,0,'activated',1,0,'{"acme_vip":null,"emailaddress1":null,"firstname":null}',NULL);
INSERT INTO staged VALUES('sending','6df7ddce-0000-4000-8000-00000000002e',5,6,0,1772539200000000,1773230400000000,0,'{"firstname":"Dan"}',0,NULL,NULL,'',NULL,0,'pending',0,0,'{"acme_vip":null,"emailaddress1":null,"firstname":null}',NULL);
INSERT INTO staged VALUES('sending','935170bb-0000-4000-8000-00000000002b',2,3,0,1772539200000000,1773230400000000,0,'{"firstname":"Dan"}',0,NULL,NULL,'',NULL,0,'pending',0,0,'{"acme_vip":null,"emailaddress1":null,"firstname":null}',NULL);
INSERT INTO staged VALUES('sending','aa66d130-0000-4000-8000-000000000030',7,8,0,1772539200000000,1773230400000000,0,'{"firstname":"Dan"}',0,NULL,NULL,'',NULL,0,'pending',0,0,'{"acme_vip":null,"emailaddress1":null,"firstname":null}',NULL);
INSERT INTO staged VALUES('sending','cfc0641d-0000-4000-8000-00000000002d',4,5,0,1772539200000000,1773230400000000,0,'{"firstname":"Dan"}',0,NULL,NULL,'',NULL,0,'pending',0,0,'{"acme_vip":null,"emailaddress1":null,"firstname":null}',NULL);
INSERT INTO staged VALUES('sending','e6d5c492-0000-4000-8000-000000000032',9,10,0,1772539200000000,1773230400000000,0,'{"firstname":"Dan"}',0,NULL,NULL,'',NULL,0,'pending',0,0,'{"acme_vip":null,"emailaddress1":null,"firstname":null}',NULL);
INSERT INTO staged VALUES('sending','f519f70a-0000-4000-8000-00000000002a',1,2,0,1772539200000000,1773230400000000,0,'{"firstname":"Dan"}',0,NULL,NULL,'',NULL,0,'pending',0,0,'{"acme_vip":null,"emailaddress1":null,"firstname":null}',NULL);
INSERT INTO staged VALUES('waiting','3c6ef362-0000-4000-8000-000000000002',1,2,0,1772625600000000,1773316800000000,0,'{"firstname":"Eve"}',0,NULL,NULL,'',NULL,0,'pending',0,0,NULL,NULL);
CREATE TABLE staged_blocks (
    run          TEXT NOT NULL,
    segment      BIGINT NOT NULL,
    block        INTEGER NOT NULL,
    last_contact TEXT NOT NULL,
    rows         INTEGER NOT NULL,
    losers       INTEGER NOT NULL,
    data         BLOB NOT NULL,
    PRIMARY KEY (run, segment, block)
);
CREATE TABLE batches (
    run           TEXT NOT NULL,
    batch         INTEGER NOT NULL,
    first_contact TEXT NOT NULL,
    last_contact  TEXT NOT NULL,
    rows          BIGINT NOT NULL,
    state         TEXT NOT NULL,
    attempt       BIGINT NOT NULL DEFAULT 0,
    lease_until   BIGINT,
    PRIMARY KEY (run, batch)
) WITHOUT ROWID;
INSERT INTO batches VALUES('8b01bef9-c2c0-4c25-b2b7-13169c09fbd4',1,'','~',3,'planned',0,NULL);
INSERT INTO batches VALUES('done',1,'','3c6ef362-0000-4000-8000-000000000002',10,'done',1,NULL);
INSERT INTO batches VALUES('done',2,'3c6ef362-0000-4000-8000-000000000002','78dde6c4-0000-4000-8000-000000000004',10,'done',1,NULL);
INSERT INTO batches VALUES('done',3,'78dde6c4-0000-4000-8000-000000000004','b54cda26-0000-4000-8000-000000000006',10,'done',1,NULL);
INSERT INTO batches VALUES('done',4,'b54cda26-0000-4000-8000-000000000006','f1bbcd88-0000-4000-8000-000000000008',10,'done',1,NULL);
INSERT INTO batches VALUES('done',5,'f1bbcd88-0000-4000-8000-000000000008','~',1,'done',1,NULL);
INSERT INTO batches VALUES('sending',1,'','489e4ae1-0000-4000-8000-000000000031',3,'done',1,NULL);
INSERT INTO batches VALUES('sending',2,'489e4ae1-0000-4000-8000-000000000031','aa66d130-0000-4000-8000-000000000030',3,'sending',1,1774008060000000);
INSERT INTO batches VALUES('sending',3,'aa66d130-0000-4000-8000-000000000030','~',3,'planned',0,NULL);
CREATE TABLE in_flight (
    destination TEXT NOT NULL,
    contact     TEXT NOT NULL,
    run         TEXT NOT NULL,
    batch       INTEGER NOT NULL,
    attempt     BIGINT NOT NULL,
    PRIMARY KEY (destination, contact)
) WITHOUT ROWID;
INSERT INTO in_flight VALUES('dynamics','6df7ddce-0000-4000-8000-00000000002e','sending',2,1);
INSERT INTO in_flight VALUES('dynamics','935170bb-0000-4000-8000-00000000002b','sending',2,1);
INSERT INTO in_flight VALUES('dynamics','aa66d130-0000-4000-8000-000000000030','sending',2,1);
CREATE TABLE exported_status (
    destination  TEXT NOT NULL,
    column_name  TEXT NOT NULL,
    contact      TEXT NOT NULL,
    word         TEXT,
    exited       INTEGER NOT NULL,
    qualified_at BIGINT NOT NULL,
    as_of        BIGINT NOT NULL,
    run          TEXT NOT NULL,
    exported     INTEGER NOT NULL,
    PRIMARY KEY (destination, column_name, contact)
) WITHOUT ROWID;
INSERT INTO exported_status VALUES('dynamics','acme_vip','035e2982-0000-4000-8000-000000000022','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','08d12dfd-0000-4000-8000-00000000000d','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','0c2f577f-0000-4000-8000-00000000002f','realized',0,1772539200000000,1773230400000000,'sending',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','11a25bfa-0000-4000-8000-00000000001a','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','17156075-0000-4000-8000-000000000005','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','1a7389f7-0000-4000-8000-000000000027','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','1fe68e72-0000-4000-8000-000000000012','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','28b7bc6f-0000-4000-8000-00000000001f','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','2e2ac0ea-0000-4000-8000-00000000000a','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','3188ea6c-0000-4000-8000-00000000002c','realized',0,1772539200000000,1773230400000000,'sending',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','36fbeee7-0000-4000-8000-000000000017','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','3c6ef362-0000-4000-8000-000000000002','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','3fcd1ce4-0000-4000-8000-000000000024','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','4540215f-0000-4000-8000-00000000000f','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','489e4ae1-0000-4000-8000-000000000031','realized',0,1772539200000000,1773230400000000,'sending',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','4e114f5c-0000-4000-8000-00000000001c','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','538453d7-0000-4000-8000-000000000007','exited',1,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','5c5581d4-0000-4000-8000-000000000014','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','6526afd1-0000-4000-8000-000000000021','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','6a99b44c-0000-4000-8000-00000000000c','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','736ae249-0000-4000-8000-000000000019','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','78dde6c4-0000-4000-8000-000000000004','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','7c3c1046-0000-4000-8000-000000000026','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','81af14c1-0000-4000-8000-000000000011','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','8a8042be-0000-4000-8000-00000000001e','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','8ff34739-0000-4000-8000-000000000009','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','98c47536-0000-4000-8000-000000000016','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','9e3779b1-0000-4000-8000-000000000001','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','a195a333-0000-4000-8000-000000000023','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','a708a7ae-0000-4000-8000-00000000000e','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','afd9d5ab-0000-4000-8000-00000000001b','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','b54cda26-0000-4000-8000-000000000006','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','b8ab03a8-0000-4000-8000-000000000028','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','be1e0823-0000-4000-8000-000000000013','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','c6ef3620-0000-4000-8000-000000000020','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','cc623a9b-0000-4000-8000-00000000000b','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','d5336898-0000-4000-8000-000000000018','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','daa66d13-0000-4000-8000-000000000003','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','de049695-0000-4000-8000-000000000025','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','e3779b10-0000-4000-8000-000000000010','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','ec48c90d-0000-4000-8000-00000000001d','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','f1bbcd88-0000-4000-8000-000000000008','realized',0,1772366400000000,1773057600000000,'done',1);
INSERT INTO exported_status VALUES('dynamics','acme_vip','fa8cfb85-0000-4000-8000-000000000015','realized',0,1772366400000000,1773057600000000,'done',1);
CREATE TABLE exported_contacts (
    destination TEXT NOT NULL,
    contact     TEXT NOT NULL,
    attributes  TEXT NOT NULL,
    as_of       BIGINT NOT NULL,
    other_as_of TEXT,
    PRIMARY KEY (destination, contact)
) WITHOUT ROWID;
INSERT INTO exported_contacts VALUES('dynamics','035e2982-0000-4000-8000-000000000022','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','08d12dfd-0000-4000-8000-00000000000d','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','0c2f577f-0000-4000-8000-00000000002f','{"firstname":"Dan"}',1773230400000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','11a25bfa-0000-4000-8000-00000000001a','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','17156075-0000-4000-8000-000000000005','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','1a7389f7-0000-4000-8000-000000000027','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','1fe68e72-0000-4000-8000-000000000012','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','28b7bc6f-0000-4000-8000-00000000001f','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','2e2ac0ea-0000-4000-8000-00000000000a','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','3188ea6c-0000-4000-8000-00000000002c','{"firstname":"Dan"}',1773230400000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','36fbeee7-0000-4000-8000-000000000017','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','3c6ef362-0000-4000-8000-000000000002','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','3fcd1ce4-0000-4000-8000-000000000024','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','4540215f-0000-4000-8000-00000000000f','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','489e4ae1-0000-4000-8000-000000000031','{"firstname":"Dan"}',1773230400000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','4e114f5c-0000-4000-8000-00000000001c','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','538453d7-0000-4000-8000-000000000007','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','5c5581d4-0000-4000-8000-000000000014','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','6526afd1-0000-4000-8000-000000000021','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','6a99b44c-0000-4000-8000-00000000000c','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','736ae249-0000-4000-8000-000000000019','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','78dde6c4-0000-4000-8000-000000000004','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','7c3c1046-0000-4000-8000-000000000026','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','81af14c1-0000-4000-8000-000000000011','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','8a8042be-0000-4000-8000-00000000001e','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','8ff34739-0000-4000-8000-000000000009','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','98c47536-0000-4000-8000-000000000016','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','9e3779b1-0000-4000-8000-000000000001','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','a195a333-0000-4000-8000-000000000023','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','a708a7ae-0000-4000-8000-00000000000e','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','afd9d5ab-0000-4000-8000-00000000001b','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','b54cda26-0000-4000-8000-000000000006','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','b8ab03a8-0000-4000-8000-000000000028','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','be1e0823-0000-4000-8000-000000000013','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','c6ef3620-0000-4000-8000-000000000020','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','cc623a9b-0000-4000-8000-00000000000b','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','d5336898-0000-4000-8000-000000000018','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','daa66d13-0000-4000-8000-000000000003','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','de049695-0000-4000-8000-000000000025','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','e3779b10-0000-4000-8000-000000000010','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','ec48c90d-0000-4000-8000-00000000001d','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','f1bbcd88-0000-4000-8000-000000000008','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
INSERT INTO exported_contacts VALUES('dynamics','fa8cfb85-0000-4000-8000-000000000015','{"emailaddress1":null,"firstname":"Ann \"1\" é"}',1773057600000000,NULL);
CREATE TABLE rejected (
    run         TEXT NOT NULL,
    position    BIGINT NOT NULL,
    contact     TEXT NOT NULL,
    line        BIGINT NOT NULL,
    outcome     TEXT NOT NULL,
    reason      TEXT NOT NULL,
    column_name TEXT NOT NULL DEFAULT '',
    code        TEXT NOT NULL DEFAULT '',
    text        TEXT NOT NULL DEFAULT '',
    request_id  TEXT NOT NULL DEFAULT '',
    rejected_at BIGINT NOT NULL,
    state       TEXT NOT NULL DEFAULT 'kept',
    PRIMARY KEY (run, position, contact)
) WITHOUT ROWID;
INSERT INTO rejected VALUES('done',41,'56e27d59-0000-4000-8000-000000000029',42,'failed','plugin_error','','0x80040265','No, says Fabrikam','req-1',1774008000000000,'kept');
INSERT INTO rejected VALUES('done',42,'76c90bcb-0000-4000-8000-00000000003b',43,'excluded','unknown_status','','','','',1774008000000000,'kept');
CREATE TABLE run_settings (
    run      TEXT NOT NULL PRIMARY KEY,
    settings TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO run_settings VALUES('8b01bef9-c2c0-4c25-b2b7-13169c09fbd4','{}');
INSERT INTO run_settings VALUES('done','{"of":"done"}');
INSERT INTO run_settings VALUES('sending','{"of":"sending"}');
INSERT INTO run_settings VALUES('window','{}');
CREATE TABLE validations (
    validation    TEXT NOT NULL PRIMARY KEY,
    run           TEXT NOT NULL,
    workflow_id   TEXT NOT NULL,
    destination   TEXT NOT NULL,
    audience      TEXT NOT NULL,
    column_name   TEXT NOT NULL,
    realized_word TEXT NOT NULL,
    exited_word   TEXT NOT NULL,
    tolerance     DOUBLE PRECISION NOT NULL,
    verdict       TEXT NOT NULL DEFAULT '',
    started_at    BIGINT NOT NULL,
    ended_at      BIGINT
);
CREATE TABLE validation_slices (
    validation        TEXT NOT NULL,
    slice             INTEGER NOT NULL,
    expected          BIGINT NOT NULL,
    matched           BIGINT NOT NULL,
    mismatched        BIGINT NOT NULL,
    missing           BIGINT NOT NULL,
    realized_expected BIGINT NOT NULL,
    realized_actual   BIGINT NOT NULL,
    exited_expected   BIGINT NOT NULL,
    exited_actual     BIGINT NOT NULL,
    PRIMARY KEY (validation, slice)
) WITHOUT ROWID;
CREATE TABLE mismatches (
    validation  TEXT NOT NULL,
    contact     TEXT NOT NULL,
    column_name TEXT NOT NULL,
    slice       INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    expected    TEXT,
    actual      TEXT,
    modified_by TEXT NOT NULL DEFAULT '',
    modified_on BIGINT,
    PRIMARY KEY (validation, contact, column_name)
) WITHOUT ROWID;
CREATE TABLE streams (
    destination   TEXT NOT NULL,
    audience      TEXT NOT NULL,
    version       BIGINT NOT NULL,
    last_seq      BIGINT NOT NULL DEFAULT 0,
    dirty         INTEGER NOT NULL DEFAULT 0,
    dirty_since   BIGINT,
    batch_run     TEXT NOT NULL DEFAULT '',
    batch_version BIGINT NOT NULL DEFAULT 0,
    batch_to      BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (destination, audience)
) WITHOUT ROWID;
INSERT INTO streams VALUES('dynamics','vip',1,5,1,1774008000000000,'8b01bef9-c2c0-4c25-b2b7-13169c09fbd4',1,3);
CREATE TABLE stream_activations (
    destination TEXT NOT NULL,
    audience    TEXT NOT NULL,
    version     BIGINT NOT NULL,
    activation  TEXT NOT NULL,
    PRIMARY KEY (destination, audience, version)
) WITHOUT ROWID;
INSERT INTO stream_activations VALUES('dynamics','vip',1,'{"a":1}');
CREATE TABLE inbox (
    destination TEXT NOT NULL,
    audience    TEXT NOT NULL,
    seq         BIGINT NOT NULL,
    version     BIGINT NOT NULL,
    arrived_at  BIGINT NOT NULL,
    record      TEXT NOT NULL,
    PRIMARY KEY (destination, audience, seq)
) WITHOUT ROWID;
INSERT INTO inbox VALUES('dynamics','vip',1,1,1773921600000000,'{"position":1,"line":1,"kind":0,"contact":"850d3e43-0000-4000-8000-000000000033","status":"realized","time":"2026-03-01T12:00:00Z","values":[{"state":1,"text":"é\u0001 51"}]}');
INSERT INTO inbox VALUES('dynamics','vip',2,1,1773921600000000,'{"position":1,"line":1,"kind":0,"contact":"2344b7f4-0000-4000-8000-000000000034","status":"realized","time":"2026-03-01T12:00:00Z","values":[{"state":1,"text":"é\u0001 52"}]}');
INSERT INTO inbox VALUES('dynamics','vip',3,1,1773921600000000,'{"position":1,"line":1,"kind":0,"contact":"c17c31a5-0000-4000-8000-000000000035","status":"realized","time":"2026-03-01T12:00:00Z","values":[{"state":1,"text":"é\u0001 53"}]}');
INSERT INTO inbox VALUES('dynamics','vip',4,1,1774008000000000,'{"position":1,"line":1,"kind":0,"contact":"5fb3ab56-0000-4000-8000-000000000036","status":"realized","time":"2026-03-01T12:00:00Z","values":[{"state":1,"text":"é\u0001 54"}]}');
INSERT INTO inbox VALUES('dynamics','vip',5,1,1774008000000000,'{"position":1,"line":1,"kind":0,"contact":"9c229eb8-0000-4000-8000-000000000038","status":"realized","time":"2026-03-01T12:00:00Z","values":[{"state":1,"text":"é\u0001 56"}]}');
CREATE TABLE unreadable (
    destination TEXT NOT NULL,
    arrived_at  BIGINT NOT NULL,
    position    BIGINT NOT NULL,
    line        BIGINT NOT NULL,
    reason      TEXT NOT NULL,
    detail      TEXT NOT NULL
);
CREATE TABLE alert_states (
    destination TEXT NOT NULL,
    audience    TEXT NOT NULL,
    state       TEXT NOT NULL,
    text        TEXT NOT NULL,
    since       BIGINT NOT NULL,
    PRIMARY KEY (destination, audience)
) WITHOUT ROWID;
CREATE TABLE warnings (
    run         TEXT NOT NULL,
    position    BIGINT NOT NULL,
    column_name TEXT NOT NULL,
    contact     TEXT NOT NULL,
    line        BIGINT NOT NULL,
    cause       TEXT NOT NULL,
    length      INTEGER NOT NULL,
    PRIMARY KEY (run, position, column_name)
) WITHOUT ROWID;
CREATE TABLE warning_counts (
    run         TEXT NOT NULL,
    column_name TEXT NOT NULL,
    cause       TEXT NOT NULL,
    total       BIGINT NOT NULL,
    PRIMARY KEY (run, column_name, cause)
) WITHOUT ROWID;
CREATE TABLE sent_rows (
    destination TEXT NOT NULL,
    minute      BIGINT NOT NULL,
    rows        BIGINT NOT NULL,
    PRIMARY KEY (destination, minute)
) WITHOUT ROWID;
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('goose_db_version',8);
CREATE INDEX runs_started ON runs (started_at);
CREATE INDEX runs_ended ON runs (ended_at);
CREATE INDEX batches_sending ON batches (run, batch) WHERE state = 'sending';
CREATE INDEX rejected_contact ON rejected (run, contact);
CREATE VIEW exported_values AS
SELECT c.destination, c.contact, a.key AS column_name, a.value AS value, coalesce(o.value, c.as_of) AS as_of
FROM exported_contacts c, json_each(c.attributes) a
LEFT JOIN json_each(coalesce(c.other_as_of, '{}')) o ON o.key = a.key;
CREATE INDEX validations_ended ON validations (ended_at);
CREATE INDEX mismatches_slice ON mismatches (validation, slice);
CREATE INDEX unreadable_arrived ON unreadable (arrived_at);
COMMIT;
