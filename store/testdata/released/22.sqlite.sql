PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO goose_db_version VALUES(1,0,1,'2026-11-26 07:49:30');
INSERT INTO goose_db_version VALUES(2,1,1,'2026-11-26 07:49:30');
INSERT INTO goose_db_version VALUES(3,2,1,'2026-11-26 07:49:30');
INSERT INTO goose_db_version VALUES(4,3,1,'2026-11-26 07:49:30');
INSERT INTO goose_db_version VALUES(5,4,1,'2026-11-26 07:49:30');
INSERT INTO goose_db_version VALUES(6,10,1,'2026-11-26 07:49:30');
INSERT INTO goose_db_version VALUES(7,11,1,'2026-11-26 07:49:30');
INSERT INTO goose_db_version VALUES(8,12,1,'2026-11-26 07:49:30');
INSERT INTO goose_db_version VALUES(9,13,1,'2026-11-26 07:49:30');
INSERT INTO goose_db_version VALUES(10,20,1,'2026-11-26 07:49:30');
INSERT INTO goose_db_version VALUES(11,21,1,'2026-11-26 07:49:30');
INSERT INTO goose_db_version VALUES(12,22,1,'2026-11-26 07:49:30');
CREATE TABLE store_info (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
INSERT INTO store_info VALUES('id','aa41a137-4ab6-4a53-b4dd-7738e2c9ce05');
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
    purged          INTEGER NOT NULL DEFAULT 0,
    policy          TEXT,
    counts          TEXT,
    started_at      BIGINT NOT NULL,
    ended_at        BIGINT,
    report          TEXT,
    error           TEXT NOT NULL DEFAULT ''
, without_consent BIGINT NOT NULL DEFAULT 0);
INSERT INTO runs VALUES('done','activate/dynamics/vip','dynamics','vip','ups','vip','acme_vip','activate','completed','','',1774008000000000,1773057600000000,'done@1',42,1,'fa8cfb85-0000-4000-8000-000000000015',0,'',0,0,1,'{"destination":"dynamics","statusColumn":"acme_vip","realizedWord":"realized","exitedWord":"exited","onExit":"write"}','{"received":42,"activated":40,"unchanged":0,"superseded":0,"excluded":1,"failed":1,"pending":0,"ignored":0,"warnings":0,"reasons":{"plugin_error":1,"unknown_status":1},"byStatus":{"realized":39,"exited":1},"toRead":0,"absent":0,"duplicates":0,"withoutConsent":0}',1774008000000000,1774008000000000,'{"run":"done"}','',0);
INSERT INTO runs VALUES('dry','activate/dynamics/vip','dynamics','vip','ups','vip','acme_vip','plan','completed','','',1774008000000000,1773144000000000,'dry@1',2,1,'fdeb2507-0000-4000-8000-000000000037',0,'',0,0,0,'{"destination":"dynamics","statusColumn":"acme_vip","realizedWord":"realized","exitedWord":"exited","onExit":"write"}','{"received":2,"activated":0,"unchanged":0,"superseded":0,"excluded":0,"failed":0,"pending":2,"ignored":0,"warnings":0,"reasons":{},"byStatus":{"realized":0,"exited":0},"toRead":0,"absent":0,"duplicates":0,"withoutConsent":0}',1774008000000000,1774008000000000,NULL,'',0);
INSERT INTO runs VALUES('sending','activate/dynamics/vip','dynamics','vip','ups','vip','acme_vip','activate','running','','',NULL,1773230400000000,'sending@1',9,1,'f519f70a-0000-4000-8000-00000000002a',0,'',0,0,0,'{"destination":"dynamics","statusColumn":"acme_vip","realizedWord":"realized","exitedWord":"exited","onExit":"write"}',NULL,1774008000000000,NULL,NULL,'',0);
INSERT INTO runs VALUES('waiting','activate/dynamics/vip','dynamics','vip','ups','vip','acme_vip','activate','waiting','too many exits','audienceflow',1774008000000000,1773316800000000,'waiting@1',1,1,'3c6ef362-0000-4000-8000-000000000002',0,'',0,0,0,'{"destination":"dynamics","statusColumn":"acme_vip","realizedWord":"realized","exitedWord":"exited","onExit":"write"}',NULL,1774008000000000,NULL,NULL,'',0);
INSERT INTO runs VALUES('window','stream/dynamics/vip','dynamics','vip','ups','vip','acme_vip','stream','running','','',NULL,NULL,NULL,0,1,'',0,'',0,0,1,NULL,'{"received":0,"activated":0,"unchanged":0,"superseded":0,"excluded":0,"failed":0,"pending":0,"ignored":0,"warnings":0,"reasons":{},"byStatus":{"realized":0,"exited":0},"toRead":0,"absent":0,"duplicates":0,"withoutConsent":0}',1774008000000000,NULL,NULL,'',0);
INSERT INTO runs VALUES('167d014f-be49-4818-b130-ef305ab110d3','stream/dynamics/vip','dynamics','vip','ups','vip','acme_vip','stream-batch','running','','',NULL,NULL,NULL,3,1,'c17c31a5-0000-4000-8000-000000000035',0,'',0,0,0,'{"destination":"dynamics","statusColumn":"acme_vip","realizedWord":"realized","exitedWord":"exited","onExit":"write"}',NULL,1774008000000000,NULL,NULL,'',0);
CREATE TABLE status_columns (
    destination TEXT NOT NULL,
    column_name TEXT NOT NULL,
    audience    TEXT NOT NULL,
    namespace   TEXT NOT NULL,
    claimed_at  BIGINT NOT NULL,
    PRIMARY KEY (destination, column_name)
) WITHOUT ROWID;
INSERT INTO status_columns VALUES('dynamics','acme_vip','vip','ups',1774008000000000);
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
    state       TEXT NOT NULL DEFAULT 'kept', page BIGINT NOT NULL DEFAULT 0, batch BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (run, position, contact)
) WITHOUT ROWID;
INSERT INTO rejected VALUES('done',41,'56e27d59-0000-4000-8000-000000000029',42,'failed','plugin_error','','0x80040265','No, says Fabrikam','req-1',1774008000000000,'kept',3,2);
INSERT INTO rejected VALUES('done',42,'76c90bcb-0000-4000-8000-00000000003b',43,'excluded','unknown_status','','','','',1774008000000000,'kept',0,0);
CREATE TABLE run_settings (
    run      TEXT NOT NULL PRIMARY KEY,
    settings TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO run_settings VALUES('167d014f-be49-4818-b130-ef305ab110d3','{}');
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
INSERT INTO streams VALUES('dynamics','vip',1,5,1,1774008000000000,'167d014f-be49-4818-b130-ef305ab110d3',1,3);
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
INSERT INTO sent_rows VALUES('dynamics',1774008000000000,44);
CREATE TABLE alert_states (
    destination TEXT NOT NULL,
    audience    TEXT NOT NULL,
    target      TEXT NOT NULL,
    troubles    TEXT NOT NULL,
    notice      TEXT NOT NULL,
    since       BIGINT NOT NULL,
    PRIMARY KEY (destination, audience, target)
) WITHOUT ROWID;
CREATE TABLE staged (
    run           TEXT NOT NULL,
    page          BIGINT NOT NULL,
    first_contact TEXT NOT NULL,
    last_contact  TEXT NOT NULL,
    data          BLOB NOT NULL,
    PRIMARY KEY (run, page)
);
INSERT INTO staged VALUES('done',3,'56e27d59-0000-4000-8000-000000000029','56e27d59-0000-4000-8000-000000000029',X'00525480c0f8daa6fda50680c0d0c6c4a5a60600002435366532376435392d303030302d343030302d383030302d3030303030303030303032390000000000317b2266697273746e616d65223a22416e6e205c22315c2220c3a9222c22656d61696c6164647265737331223a6e756c6c7d');
INSERT INTO staged VALUES('dry',1,'9e3779b1-0000-4000-8000-000000000001','fdeb2507-0000-4000-8000-000000000037',X'00020480c0b3b8aa82a60680c08ba4c8aaa60600002439653337373962312d303030302d343030302d383030302d3030303030303030303030310000000000137b2266697273746e616d65223a22426561227d00040680c0b3b8aa82a60680c08ba4c8aaa60600002466646562323530372d303030302d343030302d383030302d3030303030303030303033370000000000137b2266697273746e616d65223a22436964227d');
INSERT INTO staged VALUES('sending',1,'0c2f577f-0000-4000-8000-00000000002f','f519f70a-0000-4000-8000-00000000002a',X'000c0e80c0ee95ae87a60680c0c681ccafa60600002430633266353737662d303030302d343030302d383030302d3030303030303030303032660000000000137b2266697273746e616d65223a2244616e227d00060880c0ee95ae87a60680c0c681ccafa60600002433313838656136632d303030302d343030302d383030302d3030303030303030303032630000000000137b2266697273746e616d65223a2244616e227d00101280c0ee95ae87a60680c0c681ccafa60600002434383965346165312d303030302d343030302d383030302d3030303030303030303033310000000000137b2266697273746e616d65223a2244616e227d000a0c80c0ee95ae87a60680c0c681ccafa60600002436646637646463652d303030302d343030302d383030302d3030303030303030303032650000000000137b2266697273746e616d65223a2244616e227d00040680c0ee95ae87a60680c0c681ccafa60600002439333531373062622d303030302d343030302d383030302d3030303030303030303032620000000000137b2266697273746e616d65223a2244616e227d000e1080c0ee95ae87a60680c0c681ccafa60600002461613636643133302d303030302d343030302d383030302d3030303030303030303033300000000000137b2266697273746e616d65223a2244616e227d00080a80c0ee95ae87a60680c0c681ccafa60600002463666330363431642d303030302d343030302d383030302d3030303030303030303032640000000000137b2266697273746e616d65223a2244616e227d00121480c0ee95ae87a60680c0c681ccafa60600002465366435633439322d303030302d343030302d383030302d3030303030303030303033320000000000137b2266697273746e616d65223a2244616e227d00020480c0ee95ae87a60680c0c681ccafa60600002466353139663730612d303030302d343030302d383030302d3030303030303030303032610000000000137b2266697273746e616d65223a2244616e227d');
INSERT INTO staged VALUES('sending',2,'0c2f577f-0000-4000-8000-00000000002f','489e4ae1-0000-4000-8000-000000000031',X'000c0e80c0ee95ae87a60680c0c681ccafa60600002430633266353737662d303030302d343030302d383030302d3030303030303030303032660000000000137b2266697273746e616d65223a2244616e227d00060880c0ee95ae87a60680c0c681ccafa60600002433313838656136632d303030302d343030302d383030302d3030303030303030303032630000000000137b2266697273746e616d65223a2244616e227d00101280c0ee95ae87a60680c0c681ccafa60600002434383965346165312d303030302d343030302d383030302d3030303030303030303033310000000000137b2266697273746e616d65223a2244616e227d');
INSERT INTO staged VALUES('sending',3,'6df7ddce-0000-4000-8000-00000000002e','aa66d130-0000-4000-8000-000000000030',X'000a0c80c0ee95ae87a60680c0c681ccafa60600002436646637646463652d303030302d343030302d383030302d3030303030303030303032650000000000137b2266697273746e616d65223a2244616e227d00040680c0ee95ae87a60680c0c681ccafa60600002439333531373062622d303030302d343030302d383030302d3030303030303030303032620000000000137b2266697273746e616d65223a2244616e227d000e1080c0ee95ae87a60680c0c681ccafa60600002461613636643133302d303030302d343030302d383030302d3030303030303030303033300000000000137b2266697273746e616d65223a2244616e227d');
INSERT INTO staged VALUES('sending',4,'cfc0641d-0000-4000-8000-00000000002d','f519f70a-0000-4000-8000-00000000002a',X'00080a80c0ee95ae87a60680c0c681ccafa60600002463666330363431642d303030302d343030302d383030302d3030303030303030303032640000000000137b2266697273746e616d65223a2244616e227d00121480c0ee95ae87a60680c0c681ccafa60600002465366435633439322d303030302d343030302d383030302d3030303030303030303033320000000000137b2266697273746e616d65223a2244616e227d00020480c0ee95ae87a60680c0c681ccafa60600002466353139663730612d303030302d343030302d383030302d3030303030303030303032610000000000137b2266697273746e616d65223a2244616e227d');
INSERT INTO staged VALUES('waiting',1,'3c6ef362-0000-4000-8000-000000000002','3c6ef362-0000-4000-8000-000000000002',X'00020480c0a9f3b18ca60680c081dfcfb4a60600002433633665663336322d303030302d343030302d383030302d3030303030303030303030320000000000137b2266697273746e616d65223a22457665227d');
INSERT INTO staged VALUES('167d014f-be49-4818-b130-ef305ab110d3',1,'2344b7f4-0000-4000-8000-000000000034','c17c31a5-0000-4000-8000-000000000035',X'00040280c0f8daa6fda50680c09eede9d7a60600002432333434623766342d303030302d343030302d383030302d3030303030303030303033340000000000137b2266697273746e616d65223a22466179227d00020280c0f8daa6fda50680c09eede9d7a60600002438353064336534332d303030302d343030302d383030302d3030303030303030303033330000000000137b2266697273746e616d65223a22466179227d00060280c0f8daa6fda50680c09eede9d7a60600002463313763333161352d303030302d343030302d383030302d3030303030303030303033350000000000137b2266697273746e616d65223a22466179227d');
CREATE TABLE outcomes (
    run              TEXT NOT NULL,
    page             BIGINT NOT NULL,
    staged           BIGINT NOT NULL,
    losers           BIGINT NOT NULL,
    absent           BIGINT NOT NULL,
    undecided        BIGINT NOT NULL,
    to_read          BIGINT NOT NULL,
    pending_realized BIGINT NOT NULL,
    pending_exited   BIGINT NOT NULL,
    realized         BIGINT NOT NULL,
    exited           BIGINT NOT NULL,
    unchanged        BIGINT NOT NULL,
    superseded       BIGINT NOT NULL,
    failed           BIGINT NOT NULL,
    warnings         BIGINT NOT NULL,
    pending_warnings BIGINT NOT NULL,
    to_send          BIGINT NOT NULL,
    exits            BIGINT NOT NULL,
    turning          BIGINT NOT NULL,
    overwrites       BIGINT NOT NULL,
    sent_unchanged   BIGINT NOT NULL,
    sent_superseded  BIGINT NOT NULL,
    sent_failed      BIGINT NOT NULL,
    sent_not_found   BIGINT NOT NULL,
    sent_warnings    BIGINT NOT NULL,
    state            BLOB NOT NULL,
    PRIMARY KEY (run, page)
);
INSERT INTO outcomes VALUES('done',3,1,0,0,0,0,0,0,0,0,0,0,1,0,0,1,0,0,0,0,0,1,0,0,X'0e');
INSERT INTO outcomes VALUES('dry',1,2,0,0,0,0,2,0,0,0,0,0,0,0,0,2,0,0,0,0,0,0,0,0,X'0a0a060861636d655f7669700961636d655f676f6c640966697273746e616d65086c6173746e616d650d656d61696c61646472657373310962697274686461746501010101010101');
INSERT INTO outcomes VALUES('sending',1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,X'070707070707070707');
INSERT INTO outcomes VALUES('sending',2,3,0,0,0,0,0,0,3,0,0,0,0,0,0,3,0,0,0,0,0,0,0,0,X'0b0b0b');
INSERT INTO outcomes VALUES('sending',3,3,0,0,0,0,3,0,0,0,0,0,0,0,0,3,0,0,0,0,0,0,0,0,X'0a0a0a060861636d655f7669700961636d655f676f6c640966697273746e616d65086c6173746e616d650d656d61696c616464726573733109626972746864617465000101010101010101010101010102010101010101');
INSERT INTO outcomes VALUES('sending',4,3,0,0,0,0,3,0,0,0,0,0,0,0,0,3,0,0,0,0,0,0,0,0,X'0a0a0a060861636d655f7669700961636d655f676f6c640966697273746e616d65086c6173746e616d650d656d61696c616464726573733109626972746864617465000101010101010101010101010102010101010101');
INSERT INTO outcomes VALUES('waiting',1,1,0,0,0,0,1,0,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,0,X'0a');
INSERT INTO outcomes VALUES('167d014f-be49-4818-b130-ef305ab110d3',1,3,0,0,0,0,3,0,0,0,0,0,0,0,0,3,0,0,0,0,0,0,0,0,X'0a0a0a060861636d655f7669700961636d655f676f6c640966697273746e616d65086c6173746e616d650d656d61696c616464726573733109626972746864617465000101010101010101010101010102010101010101');
CREATE TABLE batches (
    run         TEXT NOT NULL,
    batch       BIGINT NOT NULL,
    page        BIGINT NOT NULL,
    rows        BIGINT NOT NULL,
    state       TEXT NOT NULL,
    attempt     BIGINT NOT NULL DEFAULT 0,
    lease_until BIGINT,
    PRIMARY KEY (run, batch)
) WITHOUT ROWID;
INSERT INTO batches VALUES('167d014f-be49-4818-b130-ef305ab110d3',1,1,3,'planned',0,NULL);
INSERT INTO batches VALUES('done',1,2,10,'done',1,NULL);
INSERT INTO batches VALUES('done',2,3,10,'done',1,NULL);
INSERT INTO batches VALUES('done',3,4,10,'done',1,NULL);
INSERT INTO batches VALUES('done',4,5,10,'done',1,NULL);
INSERT INTO batches VALUES('done',5,6,1,'done',1,NULL);
INSERT INTO batches VALUES('sending',1,2,3,'done',1,NULL);
INSERT INTO batches VALUES('sending',2,3,3,'sending',1,1774008060000000);
INSERT INTO batches VALUES('sending',3,4,3,'planned',0,NULL);
CREATE TABLE in_flight (
    destination   TEXT NOT NULL,
    run           TEXT NOT NULL,
    batch         BIGINT NOT NULL,
    first_contact TEXT NOT NULL,
    last_contact  TEXT NOT NULL,
    contacts      TEXT NOT NULL,
    PRIMARY KEY (destination, run, batch)
);
INSERT INTO in_flight VALUES('dynamics','sending',2,'6df7ddce-0000-4000-8000-00000000002e','aa66d130-0000-4000-8000-000000000030','6df7ddce-0000-4000-8000-00000000002e 935170bb-0000-4000-8000-00000000002b aa66d130-0000-4000-8000-000000000030');
CREATE TABLE ledger_leaves (
    destination   TEXT NOT NULL,
    ledger        TEXT NOT NULL,
    first_contact TEXT NOT NULL,
    contacts      BIGINT NOT NULL,
    counts        TEXT NOT NULL,
    entries       TEXT NOT NULL,
    PRIMARY KEY (destination, ledger, first_contact)
);
INSERT INTO ledger_leaves VALUES('dynamics','acme_vip','',22,'[["realized",0,21],["exited",1,1]]','[["035e2982-0000-4000-8000-000000000022","realized",0,1772366400000000,1773057600000000,"done",1],["08d12dfd-0000-4000-8000-00000000000d","realized",0,1772366400000000,1773057600000000,"done",1],["0c2f577f-0000-4000-8000-00000000002f","realized",0,1772539200000000,1773230400000000,"sending",1],["11a25bfa-0000-4000-8000-00000000001a","realized",0,1772366400000000,1773057600000000,"done",1],["17156075-0000-4000-8000-000000000005","realized",0,1772366400000000,1773057600000000,"done",1],["1a7389f7-0000-4000-8000-000000000027","realized",0,1772366400000000,1773057600000000,"done",1],["1fe68e72-0000-4000-8000-000000000012","realized",0,1772366400000000,1773057600000000,"done",1],["28b7bc6f-0000-4000-8000-00000000001f","realized",0,1772366400000000,1773057600000000,"done",1],["2e2ac0ea-0000-4000-8000-00000000000a","realized",0,1772366400000000,1773057600000000,"done",1],["3188ea6c-0000-4000-8000-00000000002c","realized",0,1772539200000000,1773230400000000,"sending",1],["36fbeee7-0000-4000-8000-000000000017","realized",0,1772366400000000,1773057600000000,"done",1],["3c6ef362-0000-4000-8000-000000000002","realized",0,1772366400000000,1773057600000000,"done",1],["3fcd1ce4-0000-4000-8000-000000000024","realized",0,1772366400000000,1773057600000000,"done",1],["4540215f-0000-4000-8000-00000000000f","realized",0,1772366400000000,1773057600000000,"done",1],["489e4ae1-0000-4000-8000-000000000031","realized",0,1772539200000000,1773230400000000,"sending",1],["4e114f5c-0000-4000-8000-00000000001c","realized",0,1772366400000000,1773057600000000,"done",1],["538453d7-0000-4000-8000-000000000007","exited",1,1772366400000000,1773057600000000,"done",1],["5c5581d4-0000-4000-8000-000000000014","realized",0,1772366400000000,1773057600000000,"done",1],["6526afd1-0000-4000-8000-000000000021","realized",0,1772366400000000,1773057600000000,"done",1],["6a99b44c-0000-4000-8000-00000000000c","realized",0,1772366400000000,1773057600000000,"done",1],["736ae249-0000-4000-8000-000000000019","realized",0,1772366400000000,1773057600000000,"done",1],["78dde6c4-0000-4000-8000-000000000004","realized",0,1772366400000000,1773057600000000,"done",1]]');
INSERT INTO ledger_leaves VALUES('dynamics','','',22,'[]','[["035e2982-0000-4000-8000-000000000022",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["08d12dfd-0000-4000-8000-00000000000d",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["0c2f577f-0000-4000-8000-00000000002f",{"firstname":"Dan"},1773230400000000,null],["11a25bfa-0000-4000-8000-00000000001a",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["17156075-0000-4000-8000-000000000005",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["1a7389f7-0000-4000-8000-000000000027",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["1fe68e72-0000-4000-8000-000000000012",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["28b7bc6f-0000-4000-8000-00000000001f",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["2e2ac0ea-0000-4000-8000-00000000000a",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["3188ea6c-0000-4000-8000-00000000002c",{"firstname":"Dan"},1773230400000000,null],["36fbeee7-0000-4000-8000-000000000017",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["3c6ef362-0000-4000-8000-000000000002",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["3fcd1ce4-0000-4000-8000-000000000024",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["4540215f-0000-4000-8000-00000000000f",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["489e4ae1-0000-4000-8000-000000000031",{"firstname":"Dan"},1773230400000000,null],["4e114f5c-0000-4000-8000-00000000001c",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["538453d7-0000-4000-8000-000000000007",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["5c5581d4-0000-4000-8000-000000000014",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["6526afd1-0000-4000-8000-000000000021",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["6a99b44c-0000-4000-8000-00000000000c",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["736ae249-0000-4000-8000-000000000019",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["78dde6c4-0000-4000-8000-000000000004",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null]]');
INSERT INTO ledger_leaves VALUES('dynamics','acme_vip','7c3c1046-0000-4000-8000-000000000026',21,'[["realized",0,21]]','[["7c3c1046-0000-4000-8000-000000000026","realized",0,1772366400000000,1773057600000000,"done",1],["81af14c1-0000-4000-8000-000000000011","realized",0,1772366400000000,1773057600000000,"done",1],["8a8042be-0000-4000-8000-00000000001e","realized",0,1772366400000000,1773057600000000,"done",1],["8ff34739-0000-4000-8000-000000000009","realized",0,1772366400000000,1773057600000000,"done",1],["98c47536-0000-4000-8000-000000000016","realized",0,1772366400000000,1773057600000000,"done",1],["9e3779b1-0000-4000-8000-000000000001","realized",0,1772366400000000,1773057600000000,"done",1],["a195a333-0000-4000-8000-000000000023","realized",0,1772366400000000,1773057600000000,"done",1],["a708a7ae-0000-4000-8000-00000000000e","realized",0,1772366400000000,1773057600000000,"done",1],["afd9d5ab-0000-4000-8000-00000000001b","realized",0,1772366400000000,1773057600000000,"done",1],["b54cda26-0000-4000-8000-000000000006","realized",0,1772366400000000,1773057600000000,"done",1],["b8ab03a8-0000-4000-8000-000000000028","realized",0,1772366400000000,1773057600000000,"done",1],["be1e0823-0000-4000-8000-000000000013","realized",0,1772366400000000,1773057600000000,"done",1],["c6ef3620-0000-4000-8000-000000000020","realized",0,1772366400000000,1773057600000000,"done",1],["cc623a9b-0000-4000-8000-00000000000b","realized",0,1772366400000000,1773057600000000,"done",1],["d5336898-0000-4000-8000-000000000018","realized",0,1772366400000000,1773057600000000,"done",1],["daa66d13-0000-4000-8000-000000000003","realized",0,1772366400000000,1773057600000000,"done",1],["de049695-0000-4000-8000-000000000025","realized",0,1772366400000000,1773057600000000,"done",1],["e3779b10-0000-4000-8000-000000000010","realized",0,1772366400000000,1773057600000000,"done",1],["ec48c90d-0000-4000-8000-00000000001d","realized",0,1772366400000000,1773057600000000,"done",1],["f1bbcd88-0000-4000-8000-000000000008","realized",0,1772366400000000,1773057600000000,"done",1],["fa8cfb85-0000-4000-8000-000000000015","realized",0,1772366400000000,1773057600000000,"done",1]]');
INSERT INTO ledger_leaves VALUES('dynamics','','7c3c1046-0000-4000-8000-000000000026',21,'[]','[["7c3c1046-0000-4000-8000-000000000026",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["81af14c1-0000-4000-8000-000000000011",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["8a8042be-0000-4000-8000-00000000001e",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["8ff34739-0000-4000-8000-000000000009",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["98c47536-0000-4000-8000-000000000016",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["9e3779b1-0000-4000-8000-000000000001",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["a195a333-0000-4000-8000-000000000023",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["a708a7ae-0000-4000-8000-00000000000e",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["afd9d5ab-0000-4000-8000-00000000001b",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["b54cda26-0000-4000-8000-000000000006",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["b8ab03a8-0000-4000-8000-000000000028",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["be1e0823-0000-4000-8000-000000000013",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["c6ef3620-0000-4000-8000-000000000020",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["cc623a9b-0000-4000-8000-00000000000b",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["d5336898-0000-4000-8000-000000000018",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["daa66d13-0000-4000-8000-000000000003",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["de049695-0000-4000-8000-000000000025",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["e3779b10-0000-4000-8000-000000000010",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["ec48c90d-0000-4000-8000-00000000001d",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["f1bbcd88-0000-4000-8000-000000000008",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null],["fa8cfb85-0000-4000-8000-000000000015",{"firstname":"Ann \"1\" é","emailaddress1":null},1773057600000000,null]]');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('goose_db_version',12);
CREATE INDEX runs_started ON runs (started_at);
CREATE INDEX runs_ended ON runs (ended_at);
CREATE INDEX rejected_contact ON rejected (run, contact);
CREATE INDEX validations_ended ON validations (ended_at);
CREATE INDEX mismatches_slice ON mismatches (validation, slice);
CREATE INDEX unreadable_arrived ON unreadable (arrived_at);
CREATE INDEX staged_contacts ON staged (run, last_contact);
CREATE UNIQUE INDEX batches_page ON batches (run, page);
CREATE INDEX batches_sending ON batches (run, batch) WHERE state = 'sending';
CREATE INDEX rejected_page ON rejected (run, page) WHERE page > 0;
CREATE VIEW exported_status AS
SELECT l.destination, l.ledger AS column_name, e.value ->> 0 AS contact, e.value ->> 1 AS word, e.value ->> 2 AS exited, e.value ->> 3 AS qualified_at,
    e.value ->> 4 AS as_of, e.value ->> 5 AS run, e.value ->> 6 AS exported, l.first_contact
FROM ledger_leaves l, json_each(l.entries) e WHERE l.ledger <> '';
CREATE VIEW exported_values AS
SELECT l.destination, e.value ->> 0 AS contact, a.key AS column_name, a.value AS value, coalesce(o.value, e.value ->> 2) AS as_of, l.first_contact
FROM ledger_leaves l, json_each(l.entries) e, json_each(e.value, '$[1]') a
LEFT JOIN json_each(coalesce(e.value -> 3, '{}')) o ON o.key = a.key WHERE l.ledger = '';
COMMIT;
