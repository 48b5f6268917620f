BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE application_versions (
    version_id TEXT NOT NULL PRIMARY KEY,
    version_name TEXT NOT NULL UNIQUE,
    version_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL);
INSERT INTO "application_versions" VALUES('2ca9820f-6837-467c-a783-e9bb4571bea8','1',1795564254000,1795564254000,'destui');
CREATE TABLE changes (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	entity TEXT NOT NULL, 
	row_id TEXT NOT NULL, 
	removed BOOLEAN NOT NULL, 
	at BIGINT NOT NULL
);
INSERT INTO "changes" VALUES(1,'settings','vault_wanted',0,1795564253676696);
INSERT INTO "changes" VALUES(2,'settings','vault',0,1795564253693892);
INSERT INTO "changes" VALUES(3,'settings','vault_key',0,1795564253715971);
INSERT INTO "changes" VALUES(4,'settings','store_id',0,1795564253717502);
INSERT INTO "changes" VALUES(5,'destination','69fbcb68ce0740289a8e1e6473660208',0,1795564253729980);
INSERT INTO "changes" VALUES(6,'check','8e156fdd973e41a68b3409ec26ff72d1',0,1795564253729980);
INSERT INTO "changes" VALUES(7,'event','69fbcb68ce0740289a8e1e6473660208',0,1795564253729980);
INSERT INTO "changes" VALUES(8,'worker','vm-13669-f01ec1ab',0,1795564254177822);
INSERT INTO "changes" VALUES(9,'check','8e156fdd973e41a68b3409ec26ff72d1',0,1795564254234771);
INSERT INTO "changes" VALUES(10,'destination','69fbcb68ce0740289a8e1e6473660208',0,1795564254234771);
INSERT INTO "changes" VALUES(11,'check','8e156fdd973e41a68b3409ec26ff72d1',0,1795564254288420);
INSERT INTO "changes" VALUES(12,'destination','69fbcb68ce0740289a8e1e6473660208',0,1795564254288420);
INSERT INTO "changes" VALUES(13,'check','8e156fdd973e41a68b3409ec26ff72d1',0,1795564254292543);
INSERT INTO "changes" VALUES(14,'destination','69fbcb68ce0740289a8e1e6473660208',0,1795564254292543);
INSERT INTO "changes" VALUES(15,'check','8e156fdd973e41a68b3409ec26ff72d1',0,1795564254295313);
INSERT INTO "changes" VALUES(16,'destination','69fbcb68ce0740289a8e1e6473660208',0,1795564254295313);
INSERT INTO "changes" VALUES(17,'check','8e156fdd973e41a68b3409ec26ff72d1',0,1795564254307372);
INSERT INTO "changes" VALUES(18,'destination','69fbcb68ce0740289a8e1e6473660208',0,1795564254307372);
INSERT INTO "changes" VALUES(19,'check','8e156fdd973e41a68b3409ec26ff72d1',0,1795564254312180);
INSERT INTO "changes" VALUES(20,'destination','69fbcb68ce0740289a8e1e6473660208',0,1795564254312180);
INSERT INTO "changes" VALUES(21,'check','8e156fdd973e41a68b3409ec26ff72d1',0,1795564254315738);
INSERT INTO "changes" VALUES(22,'destination','69fbcb68ce0740289a8e1e6473660208',0,1795564254315738);
INSERT INTO "changes" VALUES(23,'check','8e156fdd973e41a68b3409ec26ff72d1',0,1795564254317869);
INSERT INTO "changes" VALUES(24,'destination','69fbcb68ce0740289a8e1e6473660208',0,1795564254317869);
INSERT INTO "changes" VALUES(25,'check','8e156fdd973e41a68b3409ec26ff72d1',0,1795564254319654);
INSERT INTO "changes" VALUES(26,'destination','69fbcb68ce0740289a8e1e6473660208',0,1795564254319654);
INSERT INTO "changes" VALUES(27,'check','8e156fdd973e41a68b3409ec26ff72d1',0,1795564254322077);
INSERT INTO "changes" VALUES(28,'destination','69fbcb68ce0740289a8e1e6473660208',0,1795564254322077);
INSERT INTO "changes" VALUES(29,'event','69fbcb68ce0740289a8e1e6473660208',0,1795564254322077);
INSERT INTO "changes" VALUES(30,'check','77339a5d509442be8f6d4a53564473fc',0,1795564254765397);
INSERT INTO "changes" VALUES(31,'destination','69fbcb68ce0740289a8e1e6473660208',0,1795564254765397);
INSERT INTO "changes" VALUES(32,'check','77339a5d509442be8f6d4a53564473fc',0,1795564254793815);
INSERT INTO "changes" VALUES(33,'destination','69fbcb68ce0740289a8e1e6473660208',0,1795564254793815);
INSERT INTO "changes" VALUES(34,'check','77339a5d509442be8f6d4a53564473fc',0,1795564254797206);
INSERT INTO "changes" VALUES(35,'destination','69fbcb68ce0740289a8e1e6473660208',0,1795564254797206);
INSERT INTO "changes" VALUES(36,'check','77339a5d509442be8f6d4a53564473fc',0,1795564254798685);
INSERT INTO "changes" VALUES(37,'destination','69fbcb68ce0740289a8e1e6473660208',0,1795564254798685);
INSERT INTO "changes" VALUES(38,'check','77339a5d509442be8f6d4a53564473fc',0,1795564254801414);
INSERT INTO "changes" VALUES(39,'destination','69fbcb68ce0740289a8e1e6473660208',0,1795564254801414);
INSERT INTO "changes" VALUES(40,'check','77339a5d509442be8f6d4a53564473fc',0,1795564254809372);
INSERT INTO "changes" VALUES(41,'destination','69fbcb68ce0740289a8e1e6473660208',0,1795564254809372);
INSERT INTO "changes" VALUES(42,'check','77339a5d509442be8f6d4a53564473fc',0,1795564254813897);
INSERT INTO "changes" VALUES(43,'destination','69fbcb68ce0740289a8e1e6473660208',0,1795564254813897);
INSERT INTO "changes" VALUES(44,'check','77339a5d509442be8f6d4a53564473fc',0,1795564254817685);
INSERT INTO "changes" VALUES(45,'destination','69fbcb68ce0740289a8e1e6473660208',0,1795564254817685);
INSERT INTO "changes" VALUES(46,'check','77339a5d509442be8f6d4a53564473fc',0,1795564254819968);
INSERT INTO "changes" VALUES(47,'destination','69fbcb68ce0740289a8e1e6473660208',0,1795564254819968);
INSERT INTO "changes" VALUES(48,'check','77339a5d509442be8f6d4a53564473fc',0,1795564254822849);
INSERT INTO "changes" VALUES(49,'destination','69fbcb68ce0740289a8e1e6473660208',0,1795564254822849);
INSERT INTO "changes" VALUES(50,'check','77339a5d509442be8f6d4a53564473fc',0,1795564254825963);
INSERT INTO "changes" VALUES(51,'destination','69fbcb68ce0740289a8e1e6473660208',0,1795564254825963);
INSERT INTO "changes" VALUES(52,'event','69fbcb68ce0740289a8e1e6473660208',0,1795564254825963);
INSERT INTO "changes" VALUES(53,'destination','fb25e382c003408599d57e3f3a3123e7',0,1795564255230128);
INSERT INTO "changes" VALUES(54,'check','02cb987e539648748eed9992f60f5fb7',0,1795564255230128);
INSERT INTO "changes" VALUES(55,'event','fb25e382c003408599d57e3f3a3123e7',0,1795564255230128);
INSERT INTO "changes" VALUES(56,'check','02cb987e539648748eed9992f60f5fb7',0,1795564255257143);
INSERT INTO "changes" VALUES(57,'destination','fb25e382c003408599d57e3f3a3123e7',0,1795564255257143);
INSERT INTO "changes" VALUES(58,'check','02cb987e539648748eed9992f60f5fb7',0,1795564255260786);
INSERT INTO "changes" VALUES(59,'destination','fb25e382c003408599d57e3f3a3123e7',0,1795564255260786);
INSERT INTO "changes" VALUES(60,'check','02cb987e539648748eed9992f60f5fb7',0,1795564255262099);
INSERT INTO "changes" VALUES(61,'destination','fb25e382c003408599d57e3f3a3123e7',0,1795564255262099);
INSERT INTO "changes" VALUES(62,'check','02cb987e539648748eed9992f60f5fb7',0,1795564255264789);
INSERT INTO "changes" VALUES(63,'destination','fb25e382c003408599d57e3f3a3123e7',0,1795564255264789);
INSERT INTO "changes" VALUES(64,'check','02cb987e539648748eed9992f60f5fb7',0,1795564255279542);
INSERT INTO "changes" VALUES(65,'destination','fb25e382c003408599d57e3f3a3123e7',0,1795564255279542);
INSERT INTO "changes" VALUES(66,'check','02cb987e539648748eed9992f60f5fb7',0,1795564255281728);
INSERT INTO "changes" VALUES(67,'destination','fb25e382c003408599d57e3f3a3123e7',0,1795564255281728);
INSERT INTO "changes" VALUES(68,'check','02cb987e539648748eed9992f60f5fb7',0,1795564255282683);
INSERT INTO "changes" VALUES(69,'destination','fb25e382c003408599d57e3f3a3123e7',0,1795564255282683);
INSERT INTO "changes" VALUES(70,'event','fb25e382c003408599d57e3f3a3123e7',0,1795564255282683);
INSERT INTO "changes" VALUES(71,'destination','8428aedff9544083934ce4903f2bb5cb',0,1795564255634468);
INSERT INTO "changes" VALUES(72,'check','5dc9b7d75297430da4ca69b5d817c42b',0,1795564255634468);
INSERT INTO "changes" VALUES(73,'event','8428aedff9544083934ce4903f2bb5cb',0,1795564255634468);
INSERT INTO "changes" VALUES(74,'check','5dc9b7d75297430da4ca69b5d817c42b',0,1795564255655597);
INSERT INTO "changes" VALUES(75,'destination','8428aedff9544083934ce4903f2bb5cb',0,1795564255655597);
INSERT INTO "changes" VALUES(76,'check','5dc9b7d75297430da4ca69b5d817c42b',0,1795564255659508);
INSERT INTO "changes" VALUES(77,'destination','8428aedff9544083934ce4903f2bb5cb',0,1795564255659508);
INSERT INTO "changes" VALUES(78,'check','5dc9b7d75297430da4ca69b5d817c42b',0,1795564255661435);
INSERT INTO "changes" VALUES(79,'destination','8428aedff9544083934ce4903f2bb5cb',0,1795564255661435);
INSERT INTO "changes" VALUES(80,'event','8428aedff9544083934ce4903f2bb5cb',0,1795564255661435);
INSERT INTO "changes" VALUES(81,'destination','836ed32de35a4c40a1e603644ebbfdd5',0,1795564256036942);
INSERT INTO "changes" VALUES(82,'check','560ac855734944c99ea1d3d3d0dd5a70',0,1795564256036942);
INSERT INTO "changes" VALUES(83,'event','836ed32de35a4c40a1e603644ebbfdd5',0,1795564256036942);
INSERT INTO "changes" VALUES(84,'check','560ac855734944c99ea1d3d3d0dd5a70',0,1795564256052394);
INSERT INTO "changes" VALUES(85,'destination','836ed32de35a4c40a1e603644ebbfdd5',0,1795564256052394);
INSERT INTO "changes" VALUES(86,'check','560ac855734944c99ea1d3d3d0dd5a70',0,1795564256055275);
INSERT INTO "changes" VALUES(87,'destination','836ed32de35a4c40a1e603644ebbfdd5',0,1795564256055275);
INSERT INTO "changes" VALUES(88,'check','560ac855734944c99ea1d3d3d0dd5a70',0,1795564256057441);
INSERT INTO "changes" VALUES(89,'destination','836ed32de35a4c40a1e603644ebbfdd5',0,1795564256057441);
INSERT INTO "changes" VALUES(90,'event','836ed32de35a4c40a1e603644ebbfdd5',0,1795564256057441);
INSERT INTO "changes" VALUES(91,'destination','836ed32de35a4c40a1e603644ebbfdd5',1,1795564256385084);
INSERT INTO "changes" VALUES(92,'event','836ed32de35a4c40a1e603644ebbfdd5',0,1795564256385084);
INSERT INTO "changes" VALUES(93,'check','06250ddb29694ebca913b5ee677f5b2d',0,1795564256711800);
INSERT INTO "changes" VALUES(94,'destination','8428aedff9544083934ce4903f2bb5cb',0,1795564256711800);
INSERT INTO "changes" VALUES(95,'check','06250ddb29694ebca913b5ee677f5b2d',0,1795564256724225);
INSERT INTO "changes" VALUES(96,'destination','8428aedff9544083934ce4903f2bb5cb',0,1795564256724225);
INSERT INTO "changes" VALUES(97,'check','06250ddb29694ebca913b5ee677f5b2d',0,1795564256726953);
INSERT INTO "changes" VALUES(98,'destination','8428aedff9544083934ce4903f2bb5cb',0,1795564256726953);
INSERT INTO "changes" VALUES(99,'check','06250ddb29694ebca913b5ee677f5b2d',0,1795564256727988);
INSERT INTO "changes" VALUES(100,'destination','8428aedff9544083934ce4903f2bb5cb',0,1795564256727988);
INSERT INTO "changes" VALUES(101,'check','06250ddb29694ebca913b5ee677f5b2d',0,1795564256729112);
INSERT INTO "changes" VALUES(102,'destination','8428aedff9544083934ce4903f2bb5cb',0,1795564256729112);
INSERT INTO "changes" VALUES(103,'check','06250ddb29694ebca913b5ee677f5b2d',0,1795564256730378);
INSERT INTO "changes" VALUES(104,'destination','8428aedff9544083934ce4903f2bb5cb',0,1795564256730378);
INSERT INTO "changes" VALUES(105,'check','06250ddb29694ebca913b5ee677f5b2d',0,1795564256731600);
INSERT INTO "changes" VALUES(106,'destination','8428aedff9544083934ce4903f2bb5cb',0,1795564256731600);
INSERT INTO "changes" VALUES(107,'check','06250ddb29694ebca913b5ee677f5b2d',0,1795564256732708);
INSERT INTO "changes" VALUES(108,'destination','8428aedff9544083934ce4903f2bb5cb',0,1795564256732708);
INSERT INTO "changes" VALUES(109,'check','06250ddb29694ebca913b5ee677f5b2d',0,1795564256733887);
INSERT INTO "changes" VALUES(110,'destination','8428aedff9544083934ce4903f2bb5cb',0,1795564256733887);
INSERT INTO "changes" VALUES(111,'check','06250ddb29694ebca913b5ee677f5b2d',0,1795564256735001);
INSERT INTO "changes" VALUES(112,'destination','8428aedff9544083934ce4903f2bb5cb',0,1795564256735001);
INSERT INTO "changes" VALUES(113,'check','06250ddb29694ebca913b5ee677f5b2d',0,1795564256736126);
INSERT INTO "changes" VALUES(114,'destination','8428aedff9544083934ce4903f2bb5cb',0,1795564256736126);
INSERT INTO "changes" VALUES(115,'check','06250ddb29694ebca913b5ee677f5b2d',0,1795564256737128);
INSERT INTO "changes" VALUES(116,'destination','8428aedff9544083934ce4903f2bb5cb',0,1795564256737128);
INSERT INTO "changes" VALUES(117,'settings','limit',0,1795564257061905);
INSERT INTO "changes" VALUES(118,'event','',0,1795564257061905);
INSERT INTO "changes" VALUES(119,'settings','contact',0,1795564257389028);
INSERT INTO "changes" VALUES(120,'event','',0,1795564257389028);
INSERT INTO "changes" VALUES(121,'worker','vm-13669-f01ec1ab',0,1795564257685099);
INSERT INTO "changes" VALUES(122,'destination','ed3bfa3813d94c68a2e8e36b6892c855',0,1795564260147055);
INSERT INTO "changes" VALUES(123,'check','038ed252a49f43ceb18267da20cd14ac',0,1795564260147055);
INSERT INTO "changes" VALUES(124,'event','ed3bfa3813d94c68a2e8e36b6892c855',0,1795564260147055);
CREATE TABLE check_steps (
	check_id VARCHAR(32) NOT NULL, 
	position INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	state TEXT NOT NULL, 
	ms INTEGER, 
	message TEXT DEFAULT '' NOT NULL, 
	started_at BIGINT, 
	deadline INTEGER, 
	PRIMARY KEY (check_id, position), 
	FOREIGN KEY(check_id) REFERENCES checks (id) ON DELETE CASCADE
);
INSERT INTO "check_steps" VALUES('8e156fdd973e41a68b3409ec26ff72d1',0,'resolve','passed',4,'127.0.0.1',1795564254287044,5000);
INSERT INTO "check_steps" VALUES('8e156fdd973e41a68b3409ec26ff72d1',1,'reach','passed',3,'',1795564254291309,5000);
INSERT INTO "check_steps" VALUES('8e156fdd973e41a68b3409ec26ff72d1',2,'sign in','passed',13,'',1795564254294038,10000);
INSERT INTO "check_steps" VALUES('8e156fdd973e41a68b3409ec26ff72d1',3,'open','passed',5,'PostgreSQL 15.18',1795564254306849,10000);
INSERT INTO "check_steps" VALUES('8e156fdd973e41a68b3409ec26ff72d1',4,'create','passed',4,'',1795564254311721,10000);
INSERT INTO "check_steps" VALUES('8e156fdd973e41a68b3409ec26ff72d1',5,'write','passed',2,'',1795564254315344,10000);
INSERT INTO "check_steps" VALUES('8e156fdd973e41a68b3409ec26ff72d1',6,'read back','passed',2,'',1795564254317443,10000);
INSERT INTO "check_steps" VALUES('8e156fdd973e41a68b3409ec26ff72d1',7,'clean up','passed',2,'',1795564254319453,10000);
INSERT INTO "check_steps" VALUES('77339a5d509442be8f6d4a53564473fc',0,'resolve','passed',2,'127.0.0.1',1795564254796477,5000);
INSERT INTO "check_steps" VALUES('77339a5d509442be8f6d4a53564473fc',1,'reach','passed',2,'',1795564254798527,5000);
INSERT INTO "check_steps" VALUES('77339a5d509442be8f6d4a53564473fc',2,'sign in','passed',8,'',1795564254800625,10000);
INSERT INTO "check_steps" VALUES('77339a5d509442be8f6d4a53564473fc',3,'open','passed',5,'PostgreSQL 15.18',1795564254808399,10000);
INSERT INTO "check_steps" VALUES('77339a5d509442be8f6d4a53564473fc',4,'create','passed',4,'',1795564254813358,10000);
INSERT INTO "check_steps" VALUES('77339a5d509442be8f6d4a53564473fc',5,'write','passed',2,'',1795564254817200,10000);
INSERT INTO "check_steps" VALUES('77339a5d509442be8f6d4a53564473fc',6,'read back','passed',2,'',1795564254819502,10000);
INSERT INTO "check_steps" VALUES('77339a5d509442be8f6d4a53564473fc',7,'clean up','passed',4,'',1795564254821785,10000);
INSERT INTO "check_steps" VALUES('02cb987e539648748eed9992f60f5fb7',0,'resolve','passed',1,'127.0.0.1',1795564255260142,5000);
INSERT INTO "check_steps" VALUES('02cb987e539648748eed9992f60f5fb7',1,'reach','passed',2,'',1795564255261865,5000);
INSERT INTO "check_steps" VALUES('02cb987e539648748eed9992f60f5fb7',2,'sign in','failed',8,'password authentication failed for user "loader"',1795564255263445,10000);
INSERT INTO "check_steps" VALUES('02cb987e539648748eed9992f60f5fb7',3,'open','skipped',NULL,'',NULL,NULL);
INSERT INTO "check_steps" VALUES('02cb987e539648748eed9992f60f5fb7',4,'create','skipped',NULL,'',NULL,NULL);
INSERT INTO "check_steps" VALUES('02cb987e539648748eed9992f60f5fb7',5,'write','skipped',NULL,'',NULL,NULL);
INSERT INTO "check_steps" VALUES('02cb987e539648748eed9992f60f5fb7',6,'read back','skipped',NULL,'',NULL,NULL);
INSERT INTO "check_steps" VALUES('02cb987e539648748eed9992f60f5fb7',7,'clean up','passed',0,'',1795564255278949,10000);
INSERT INTO "check_steps" VALUES('5dc9b7d75297430da4ca69b5d817c42b',0,'resolve','passed',1,'192.0.2.17',1795564255658667,5000);
INSERT INTO "check_steps" VALUES('5dc9b7d75297430da4ca69b5d817c42b',1,'reach','passed',0,'',1795564255659251,5000);
INSERT INTO "check_steps" VALUES('5dc9b7d75297430da4ca69b5d817c42b',2,'encrypt','passed',0,'TLS 1.3',1795564255659419,5000);
INSERT INTO "check_steps" VALUES('5dc9b7d75297430da4ca69b5d817c42b',3,'sign in','passed',0,'',1795564255659864,10000);
INSERT INTO "check_steps" VALUES('5dc9b7d75297430da4ca69b5d817c42b',4,'open','passed',0,'',1795564255659961,10000);
INSERT INTO "check_steps" VALUES('5dc9b7d75297430da4ca69b5d817c42b',5,'create','passed',0,'',1795564255660385,10000);
INSERT INTO "check_steps" VALUES('5dc9b7d75297430da4ca69b5d817c42b',6,'write','passed',0,'',1795564255660526,10000);
INSERT INTO "check_steps" VALUES('5dc9b7d75297430da4ca69b5d817c42b',7,'read back','passed',0,'',1795564255660604,10000);
INSERT INTO "check_steps" VALUES('5dc9b7d75297430da4ca69b5d817c42b',8,'clean up','passed',0,'',1795564255660867,10000);
INSERT INTO "check_steps" VALUES('560ac855734944c99ea1d3d3d0dd5a70',0,'resolve','passed',1,'192.0.2.17',1795564256054744,5000);
INSERT INTO "check_steps" VALUES('560ac855734944c99ea1d3d3d0dd5a70',1,'reach','passed',0,'',1795564256055658,5000);
INSERT INTO "check_steps" VALUES('560ac855734944c99ea1d3d3d0dd5a70',2,'encrypt','passed',0,'TLS 1.3',1795564256056124,5000);
INSERT INTO "check_steps" VALUES('560ac855734944c99ea1d3d3d0dd5a70',3,'sign in','passed',0,'',1795564256056265,10000);
INSERT INTO "check_steps" VALUES('560ac855734944c99ea1d3d3d0dd5a70',4,'open','passed',0,'',1795564256056359,10000);
INSERT INTO "check_steps" VALUES('560ac855734944c99ea1d3d3d0dd5a70',5,'create','passed',0,'',1795564256056447,10000);
INSERT INTO "check_steps" VALUES('560ac855734944c99ea1d3d3d0dd5a70',6,'write','passed',0,'',1795564256056710,10000);
INSERT INTO "check_steps" VALUES('560ac855734944c99ea1d3d3d0dd5a70',7,'read back','passed',0,'',1795564256056911,10000);
INSERT INTO "check_steps" VALUES('560ac855734944c99ea1d3d3d0dd5a70',8,'clean up','passed',0,'',1795564256057018,10000);
INSERT INTO "check_steps" VALUES('06250ddb29694ebca913b5ee677f5b2d',0,'resolve','passed',1,'192.0.2.17',1795564256726609,5000);
INSERT INTO "check_steps" VALUES('06250ddb29694ebca913b5ee677f5b2d',1,'reach','passed',1,'',1795564256727783,5000);
INSERT INTO "check_steps" VALUES('06250ddb29694ebca913b5ee677f5b2d',2,'encrypt','passed',1,'TLS 1.3',1795564256728918,5000);
INSERT INTO "check_steps" VALUES('06250ddb29694ebca913b5ee677f5b2d',3,'sign in','passed',1,'',1795564256730204,10000);
INSERT INTO "check_steps" VALUES('06250ddb29694ebca913b5ee677f5b2d',4,'open','passed',1,'',1795564256731400,10000);
INSERT INTO "check_steps" VALUES('06250ddb29694ebca913b5ee677f5b2d',5,'create','passed',1,'',1795564256732528,10000);
INSERT INTO "check_steps" VALUES('06250ddb29694ebca913b5ee677f5b2d',6,'write','passed',1,'',1795564256733720,10000);
INSERT INTO "check_steps" VALUES('06250ddb29694ebca913b5ee677f5b2d',7,'read back','passed',1,'',1795564256734814,10000);
INSERT INTO "check_steps" VALUES('06250ddb29694ebca913b5ee677f5b2d',8,'clean up','passed',1,'',1795564256735943,10000);
CREATE TABLE checks (
	id VARCHAR(32) NOT NULL, 
	destination_id VARCHAR(32), 
	reason TEXT NOT NULL, 
	state TEXT NOT NULL, 
	"by" TEXT NOT NULL, 
	type TEXT NOT NULL, 
	fields TEXT, 
	secret_id VARCHAR(32), 
	config INTEGER DEFAULT '0' NOT NULL, 
	attempt INTEGER DEFAULT '0' NOT NULL, 
	step TEXT DEFAULT '' NOT NULL, 
	number INTEGER DEFAULT '0' NOT NULL, 
	total INTEGER DEFAULT '0' NOT NULL, 
	waits_for TEXT DEFAULT '' NOT NULL, 
	failed_step TEXT, 
	code TEXT, 
	causes TEXT, 
	cause TEXT, 
	fix TEXT, 
	message TEXT, 
	detail TEXT DEFAULT '{}' NOT NULL, 
	created_at BIGINT NOT NULL, 
	started_at BIGINT, 
	finished_at BIGINT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(destination_id) REFERENCES destinations (id) ON DELETE CASCADE
);
INSERT INTO "checks" VALUES('8e156fdd973e41a68b3409ec26ff72d1','69fbcb68ce0740289a8e1e6473660208','initialise','passed','ines.alvarez@acme.test','postgres',NULL,NULL,1,1,'clean up',8,8,'',NULL,NULL,NULL,NULL,NULL,NULL,'{"server": "PostgreSQL 15.18 (Debian 15.18-0+deb12u1)"}',1795564253729980,1795564254234771,1795564254322077);
INSERT INTO "checks" VALUES('77339a5d509442be8f6d4a53564473fc','69fbcb68ce0740289a8e1e6473660208','re-authorise','passed','ines.alvarez@acme.test','postgres','{"host": "127.0.0.1", "port": 54659, "database": "warehouse", "schema": "analytics", "user": "loader", "tls": "off"}','b2405e7152404568bce67356f573faef',1,1,'clean up',8,8,'',NULL,NULL,NULL,NULL,NULL,NULL,'{"server": "PostgreSQL 15.18 (Debian 15.18-0+deb12u1)"}',1795564254765397,1795564254793815,1795564254825963);
INSERT INTO "checks" VALUES('02cb987e539648748eed9992f60f5fb7','fb25e382c003408599d57e3f3a3123e7','initialise','failed','ines.alvarez@acme.test','postgres',NULL,NULL,1,1,'clean up',8,8,'','sign in','PG-28P01','["wrong_password", "unknown_user", "password_expired"]','The server refused user loader with this password: the password is wrong, there is no such role, or its password has expired.','Type the field Password again, and correct User if the role has another name.','password authentication failed for user "loader"','{"driver code": "SQLSTATE 28P01"}',1795564255230128,1795564255257143,1795564255282683);
INSERT INTO "checks" VALUES('5dc9b7d75297430da4ca69b5d817c42b','8428aedff9544083934ce4903f2bb5cb','initialise','passed','ines.alvarez@acme.test','simulator',NULL,NULL,1,1,'resolve',1,9,'',NULL,NULL,NULL,NULL,NULL,NULL,'{}',1795564255634468,1795564255655597,1795564255661435);
INSERT INTO "checks" VALUES('560ac855734944c99ea1d3d3d0dd5a70','836ed32de35a4c40a1e603644ebbfdd5','initialise','passed','ines.alvarez@acme.test','simulator',NULL,NULL,1,1,'resolve',1,9,'',NULL,NULL,NULL,NULL,NULL,NULL,'{}',1795564256036942,1795564256052394,1795564256057441);
INSERT INTO "checks" VALUES('06250ddb29694ebca913b5ee677f5b2d','8428aedff9544083934ce4903f2bb5cb','asked','passed','ines.alvarez@acme.test','simulator',NULL,NULL,1,1,'clean up',9,9,'',NULL,NULL,NULL,NULL,NULL,NULL,'{}',1795564256711800,1795564256724225,1795564256737128);
INSERT INTO "checks" VALUES('038ed252a49f43ceb18267da20cd14ac','ed3bfa3813d94c68a2e8e36b6892c855','initialise','queued','ines.alvarez@acme.test','simulator',NULL,NULL,1,0,'',0,0,'',NULL,NULL,NULL,NULL,NULL,NULL,'{}',1795564260147055,NULL,NULL);
CREATE TABLE dbos_migrations (version INTEGER NOT NULL PRIMARY KEY);
INSERT INTO "dbos_migrations" VALUES(125);
CREATE TABLE destinations (
	id VARCHAR(32) NOT NULL, 
	name TEXT NOT NULL, 
	name_key TEXT NOT NULL, 
	type TEXT NOT NULL, 
	fields TEXT NOT NULL, 
	tags TEXT DEFAULT '[]' NOT NULL, 
	status TEXT NOT NULL, 
	connected_by TEXT NOT NULL, 
	host TEXT DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	version INTEGER DEFAULT '1' NOT NULL, 
	config INTEGER DEFAULT '1' NOT NULL, 
	secret_id VARCHAR(32), 
	previous_secret_id VARCHAR(32), 
	previous_fields TEXT, 
	check_id VARCHAR(32), 
	diagnosed_by VARCHAR(32), 
	failing_since BIGINT, 
	next_check_at BIGINT, 
	deleted_at BIGINT, 
	deleted_by TEXT, 
	PRIMARY KEY (id)
);
INSERT INTO "destinations" VALUES('69fbcb68ce0740289a8e1e6473660208','warehouse','warehouse','postgres','{"host": "127.0.0.1", "port": 54659, "database": "warehouse", "schema": "analytics", "user": "loader", "tls": "off"}','["prod"]','active','ines.alvarez@acme.test','',1795564253729980,1795564254825963,2,2,'b2405e7152404568bce67356f573faef','899d3ebaa80f4686b9ffb9f84bb46da4','{"host": "127.0.0.1", "port": 54659, "database": "warehouse", "schema": "analytics", "user": "loader", "tls": "off"}','77339a5d509442be8f6d4a53564473fc',NULL,NULL,1795565170706704,NULL,NULL);
INSERT INTO "destinations" VALUES('fb25e382c003408599d57e3f3a3123e7','broken','broken','postgres','{"host": "127.0.0.1", "port": 54659, "database": "warehouse", "schema": "analytics", "user": "loader", "tls": "off"}','[]','error','ines.alvarez@acme.test','',1795564255230128,1795564255282683,1,1,'c53e19c55776456895750f6473b3c784',NULL,NULL,'02cb987e539648748eed9992f60f5fb7','02cb987e539648748eed9992f60f5fb7',1795564255282683,NULL,NULL,NULL);
INSERT INTO "destinations" VALUES('8428aedff9544083934ce4903f2bb5cb','東京 [b]','東京 [b]','simulator','{"outcome": "active", "seconds": 0}','["finance", "événements"]','active','ines.alvarez@acme.test','',1795564255634468,1795564255661435,1,1,NULL,NULL,NULL,'06250ddb29694ebca913b5ee677f5b2d',NULL,NULL,1795565151321541,NULL,NULL);
INSERT INTO "destinations" VALUES('836ed32de35a4c40a1e603644ebbfdd5','deleted','deleted','simulator','{"outcome": "active", "seconds": 0}','[]','active','ines.alvarez@acme.test','',1795564256036942,1795564256057441,2,1,NULL,NULL,NULL,'560ac855734944c99ea1d3d3d0dd5a70',NULL,NULL,1795565080723303,1795564256385084,'ines.alvarez@acme.test');
INSERT INTO "destinations" VALUES('ed3bfa3813d94c68a2e8e36b6892c855','waiting','waiting','simulator','{"outcome": "active", "seconds": 0}','[]','initializing','ines.alvarez@acme.test','',1795564260147055,1795564260147055,1,1,NULL,NULL,NULL,'038ed252a49f43ceb18267da20cd14ac',NULL,NULL,NULL,NULL,NULL);
CREATE TABLE events (
	id INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	who TEXT NOT NULL, 
	host TEXT NOT NULL, 
	verb TEXT NOT NULL, 
	destination_id VARCHAR(32), 
	name TEXT DEFAULT '' NOT NULL, 
	detail TEXT DEFAULT '' NOT NULL, 
	version INTEGER, 
	PRIMARY KEY (id)
);
INSERT INTO "events" VALUES(1,1795564253729980,'ines.alvarez@acme.test','vm','added','69fbcb68ce0740289a8e1e6473660208','warehouse','',1);
INSERT INTO "events" VALUES(2,1795564254322077,'ines.alvarez@acme.test','vm','active','69fbcb68ce0740289a8e1e6473660208','warehouse','',NULL);
INSERT INTO "events" VALUES(3,1795564254825963,'ines.alvarez@acme.test','vm','re-authorised','69fbcb68ce0740289a8e1e6473660208','warehouse','secrets',2);
INSERT INTO "events" VALUES(4,1795564255230128,'ines.alvarez@acme.test','vm','added','fb25e382c003408599d57e3f3a3123e7','broken','',1);
INSERT INTO "events" VALUES(5,1795564255282683,'ines.alvarez@acme.test','vm','error','fb25e382c003408599d57e3f3a3123e7','broken','The server refused user loader with this password: the password is wrong, there is no such role, or its password has expired.',NULL);
INSERT INTO "events" VALUES(6,1795564255634468,'ines.alvarez@acme.test','vm','added','8428aedff9544083934ce4903f2bb5cb','東京 [b]','',1);
INSERT INTO "events" VALUES(7,1795564255661435,'ines.alvarez@acme.test','vm','active','8428aedff9544083934ce4903f2bb5cb','東京 [b]','',NULL);
INSERT INTO "events" VALUES(8,1795564256036942,'ines.alvarez@acme.test','vm','added','836ed32de35a4c40a1e603644ebbfdd5','deleted','',1);
INSERT INTO "events" VALUES(9,1795564256057441,'ines.alvarez@acme.test','vm','active','836ed32de35a4c40a1e603644ebbfdd5','deleted','',NULL);
INSERT INTO "events" VALUES(10,1795564256385084,'ines.alvarez@acme.test','vm','deleted','836ed32de35a4c40a1e603644ebbfdd5','deleted','',2);
INSERT INTO "events" VALUES(11,1795564257061905,'ines.alvarez@acme.test','vm','limit',NULL,'','40',NULL);
INSERT INTO "events" VALUES(12,1795564257389028,'ines.alvarez@acme.test','vm','contact',NULL,'','data-platform@acme.test',NULL);
INSERT INTO "events" VALUES(13,1795564260147055,'ines.alvarez@acme.test','vm','added','ed3bfa3813d94c68a2e8e36b6892c855','waiting','',1);
CREATE TABLE jobs (
	id VARCHAR(32) NOT NULL, 
	kind TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	state TEXT NOT NULL, 
	priority INTEGER DEFAULT '0' NOT NULL, 
	cancel BOOLEAN DEFAULT false NOT NULL, 
	worker VARCHAR(64), 
	attempt INTEGER DEFAULT '0' NOT NULL, 
	destination_id VARCHAR(32), 
	check_id VARCHAR(32), 
	type TEXT DEFAULT '' NOT NULL, 
	server TEXT DEFAULT '' NOT NULL, 
	pinned TEXT DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	finished_at BIGINT, 
	PRIMARY KEY (id)
);
INSERT INTO "jobs" VALUES('000f7582aaae41e9828458e00d22fe4e','check','check:69fbcb68ce0740289a8e1e6473660208','done',10,0,'vm-13669-f01ec1ab',1,'69fbcb68ce0740289a8e1e6473660208','8e156fdd973e41a68b3409ec26ff72d1','postgres','127.0.0.1','',1795564253729980,1795564254322077);
INSERT INTO "jobs" VALUES('06843a1d4675402bad8d2da23e8d4cb0','clean-up','clean-up:store','done',0,0,'vm-13669-f01ec1ab',1,NULL,NULL,'','','',1795564254246550,1795564254296588);
INSERT INTO "jobs" VALUES('48d9213b35004cb39e145bcde5c2c260','rotation','rotation:69fbcb68ce0740289a8e1e6473660208','done',10,0,'vm-13669-f01ec1ab',1,'69fbcb68ce0740289a8e1e6473660208','77339a5d509442be8f6d4a53564473fc','postgres','127.0.0.1','',1795564254765397,1795564254825963);
INSERT INTO "jobs" VALUES('7d8270ed8fe1440e831301da43bddfbe','check','check:fb25e382c003408599d57e3f3a3123e7','done',10,0,'vm-13669-f01ec1ab',1,'fb25e382c003408599d57e3f3a3123e7','02cb987e539648748eed9992f60f5fb7','postgres','127.0.0.1','',1795564255230128,1795564255282683);
INSERT INTO "jobs" VALUES('49c9a292286a420ab6d8952a24f573d5','check','check:8428aedff9544083934ce4903f2bb5cb','done',10,0,'vm-13669-f01ec1ab',1,'8428aedff9544083934ce4903f2bb5cb','5dc9b7d75297430da4ca69b5d817c42b','simulator','','',1795564255634468,1795564255661435);
INSERT INTO "jobs" VALUES('f9ffd875f83e4b3eb37a2e47f7b5cb23','check','check:836ed32de35a4c40a1e603644ebbfdd5','done',10,0,'vm-13669-f01ec1ab',1,'836ed32de35a4c40a1e603644ebbfdd5','560ac855734944c99ea1d3d3d0dd5a70','simulator','','',1795564256036942,1795564256057441);
INSERT INTO "jobs" VALUES('8933220e709f4e18b70d543c8c557b8b','check','check:8428aedff9544083934ce4903f2bb5cb','done',10,0,'vm-13669-f01ec1ab',1,'8428aedff9544083934ce4903f2bb5cb','06250ddb29694ebca913b5ee677f5b2d','simulator','','',1795564256711800,1795564256737128);
INSERT INTO "jobs" VALUES('af11a07dc57c4cd98ec48327669d30e4','check','check:ed3bfa3813d94c68a2e8e36b6892c855','queued',10,0,NULL,0,'ed3bfa3813d94c68a2e8e36b6892c855','038ed252a49f43ceb18267da20cd14ac','simulator','','',1795564260147055,NULL);
CREATE TABLE notifications (
    message_uuid TEXT NOT NULL DEFAULT (hex(randomblob(16))) PRIMARY KEY,
    destination_uuid TEXT NOT NULL,
    topic TEXT,
    message TEXT NOT NULL,
    created_at_epoch_ms INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000), "serialization" TEXT DEFAULT NULL, "consumed" BOOLEAN NOT NULL DEFAULT FALSE, consumed_by_function_id INTEGER,
    FOREIGN KEY (destination_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE "operation_outputs" (
    workflow_uuid TEXT NOT NULL,
    function_id INTEGER NOT NULL,
    function_name TEXT NOT NULL DEFAULT '',
    output TEXT,
    error TEXT,
    child_workflow_id TEXT,
    started_at_epoch_ms INTEGER,
    completed_at_epoch_ms INTEGER,
    serialization TEXT,
    application_name TEXT DEFAULT NULL,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    PRIMARY KEY (workflow_uuid, function_id)
);
INSERT INTO "operation_outputs" VALUES('06843a1d4675402bad8d2da23e8d4cb0',1,'destui.perform','{"state":"passed"}',NULL,NULL,1795564254271,1795564254297,'portable_json','destui',1795564254000);
INSERT INTO "operation_outputs" VALUES('000f7582aaae41e9828458e00d22fe4e',1,'destui.perform','{"state":"passed"}',NULL,NULL,1795564254241,1795564254329,'portable_json','destui',1795564254000);
INSERT INTO "operation_outputs" VALUES('48d9213b35004cb39e145bcde5c2c260',1,'destui.perform','{"state":"passed"}',NULL,NULL,1795564254795,1795564254830,'portable_json','destui',1795564254000);
INSERT INTO "operation_outputs" VALUES('7d8270ed8fe1440e831301da43bddfbe',1,'destui.perform','{"state":"failed"}',NULL,NULL,1795564255258,1795564255285,'portable_json','destui',1795564255000);
INSERT INTO "operation_outputs" VALUES('49c9a292286a420ab6d8952a24f573d5',1,'destui.perform','{"state":"passed"}',NULL,NULL,1795564255657,1795564255663,'portable_json','destui',1795564255000);
INSERT INTO "operation_outputs" VALUES('f9ffd875f83e4b3eb37a2e47f7b5cb23',1,'destui.perform','{"state":"passed"}',NULL,NULL,1795564256053,1795564256059,'portable_json','destui',1795564256000);
INSERT INTO "operation_outputs" VALUES('8933220e709f4e18b70d543c8c557b8b',1,'destui.perform','{"state":"passed"}',NULL,NULL,1795564256725,1795564256738,'portable_json','destui',1795564256000);
CREATE TABLE queues (
    queue_id TEXT PRIMARY KEY DEFAULT (hex(randomblob(16))),
    name TEXT NOT NULL UNIQUE,
    concurrency INTEGER,
    worker_concurrency INTEGER,
    rate_limit_max INTEGER,
    rate_limit_period_sec REAL,
    priority_enabled BOOLEAN NOT NULL DEFAULT FALSE,
    partition_queue BOOLEAN NOT NULL DEFAULT FALSE,
    polling_interval_sec REAL NOT NULL DEFAULT 1.0,
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    updated_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL, "partition_concurrency" INTEGER DEFAULT NULL, "partition_worker_concurrency" INTEGER DEFAULT NULL, "partition_rate_limit_max" INTEGER DEFAULT NULL, "partition_rate_limit_period_sec" REAL DEFAULT NULL);
CREATE TABLE secrets (
	id VARCHAR(32) NOT NULL, 
	destination_id VARCHAR(32), 
	state TEXT NOT NULL, 
	names TEXT NOT NULL, 
	ciphertext BLOB, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "secrets" VALUES('899d3ebaa80f4686b9ffb9f84bb46da4','69fbcb68ce0740289a8e1e6473660208','previous','["password"]',X'8183C667A6F3FBCC6427BC58E3F81B90956BD4F9E88B9ED59CE59EBBE76F4C9856DC590D308890061290BD5C45957B6ED4D3F18228784BD2904617',1795564253718701);
INSERT INTO "secrets" VALUES('b2405e7152404568bce67356f573faef','69fbcb68ce0740289a8e1e6473660208','current','["password"]',X'95790EBA0222E53F30B212FA30828EBB68E8CE471573ADA1FE67CE63AC9CD0DDC6E1AC44827FA087ED0A0EDF502DA46089C5D5D6E4AECF33AB2A21',1795564254753849);
INSERT INTO "secrets" VALUES('c53e19c55776456895750f6473b3c784','fb25e382c003408599d57e3f3a3123e7','current','["password"]',X'C7D13F3CA101B69F8BC10A3100F1987284F0BAC4654FC3494640F4F874980186D00218743820A22115EC4CD596917995029CF58EA5896F77D3472961ABFC47F0CD760B224E',1795564255218489);
CREATE TABLE settings (
	"key" VARCHAR(64) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "settings" VALUES('vault_wanted','sealed');
INSERT INTO "settings" VALUES('vault','sealed');
INSERT INTO "settings" VALUES('vault_key','24384679aa56b26ead8ab947896ad397');
INSERT INTO "settings" VALUES('store_id','4303224d338243b2abbc02184d126d01');
INSERT INTO "settings" VALUES('limit','40');
INSERT INTO "settings" VALUES('contact','data-platform@acme.test');
CREATE TABLE streams (
    workflow_uuid TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    "offset" INTEGER NOT NULL, function_id INTEGER NOT NULL DEFAULT 0, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, key, "offset"),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workers (
	id VARCHAR(64) NOT NULL, 
	host TEXT NOT NULL, 
	pid INTEGER NOT NULL, 
	birth TEXT NOT NULL, 
	version TEXT NOT NULL, 
	started_at BIGINT NOT NULL, 
	beat_at BIGINT NOT NULL, 
	lease_until BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE workflow_events (
    workflow_uuid TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, key),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_events_history (
    workflow_uuid TEXT NOT NULL,
    function_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, function_id, key),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid)
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_input (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    inputs TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
INSERT INTO "workflow_input" VALUES('000f7582aaae41e9828458e00d22fe4e','{"namedArgs":{},"positionalArgs":["000f7582aaae41e9828458e00d22fe4e"]}',1795564254000);
INSERT INTO "workflow_input" VALUES('06843a1d4675402bad8d2da23e8d4cb0','{"namedArgs":{},"positionalArgs":["06843a1d4675402bad8d2da23e8d4cb0"]}',1795564254000);
INSERT INTO "workflow_input" VALUES('48d9213b35004cb39e145bcde5c2c260','{"namedArgs":{},"positionalArgs":["48d9213b35004cb39e145bcde5c2c260"]}',1795564254000);
INSERT INTO "workflow_input" VALUES('7d8270ed8fe1440e831301da43bddfbe','{"namedArgs":{},"positionalArgs":["7d8270ed8fe1440e831301da43bddfbe"]}',1795564255000);
INSERT INTO "workflow_input" VALUES('49c9a292286a420ab6d8952a24f573d5','{"namedArgs":{},"positionalArgs":["49c9a292286a420ab6d8952a24f573d5"]}',1795564255000);
INSERT INTO "workflow_input" VALUES('f9ffd875f83e4b3eb37a2e47f7b5cb23','{"namedArgs":{},"positionalArgs":["f9ffd875f83e4b3eb37a2e47f7b5cb23"]}',1795564256000);
INSERT INTO "workflow_input" VALUES('8933220e709f4e18b70d543c8c557b8b','{"namedArgs":{},"positionalArgs":["8933220e709f4e18b70d543c8c557b8b"]}',1795564256000);
CREATE TABLE workflow_output (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    output TEXT,
    error TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
INSERT INTO "workflow_output" VALUES('06843a1d4675402bad8d2da23e8d4cb0','{"state":"passed"}',NULL,1795564254000);
INSERT INTO "workflow_output" VALUES('000f7582aaae41e9828458e00d22fe4e','{"state":"passed"}',NULL,1795564254000);
INSERT INTO "workflow_output" VALUES('48d9213b35004cb39e145bcde5c2c260','{"state":"passed"}',NULL,1795564254000);
INSERT INTO "workflow_output" VALUES('7d8270ed8fe1440e831301da43bddfbe','{"state":"failed"}',NULL,1795564255000);
INSERT INTO "workflow_output" VALUES('49c9a292286a420ab6d8952a24f573d5','{"state":"passed"}',NULL,1795564255000);
INSERT INTO "workflow_output" VALUES('f9ffd875f83e4b3eb37a2e47f7b5cb23','{"state":"passed"}',NULL,1795564256000);
INSERT INTO "workflow_output" VALUES('8933220e709f4e18b70d543c8c557b8b','{"state":"passed"}',NULL,1795564256000);
CREATE TABLE workflow_schedules (
    schedule_id TEXT PRIMARY KEY,
    schedule_name TEXT NOT NULL UNIQUE,
    workflow_name TEXT NOT NULL,
    workflow_class_name TEXT,
    schedule TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'ACTIVE',
    context TEXT NOT NULL
, "last_fired_at" TEXT DEFAULT NULL, "automatic_backfill" BOOLEAN NOT NULL DEFAULT FALSE, "cron_timezone" TEXT DEFAULT NULL, "queue_name" TEXT DEFAULT NULL, "application_name" TEXT DEFAULT NULL);
CREATE TABLE workflow_status (
    workflow_uuid TEXT PRIMARY KEY,
    status TEXT,
    name TEXT,
    authenticated_user TEXT,
    assumed_role TEXT,
    authenticated_roles TEXT,
    request TEXT,
    output TEXT,
    error TEXT,
    executor_id TEXT,
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    updated_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    application_version TEXT,
    application_id TEXT,
    class_name TEXT DEFAULT NULL,
    config_name TEXT DEFAULT NULL,
    recovery_attempts INTEGER DEFAULT 0,
    queue_name TEXT,
    workflow_timeout_ms INTEGER,
    workflow_deadline_epoch_ms INTEGER,
    inputs TEXT,
    started_at_epoch_ms INTEGER,
    deduplication_id TEXT,
    priority INTEGER NOT NULL DEFAULT 0
, queue_partition_key TEXT, forked_from TEXT, "owner_xid" TEXT DEFAULT NULL, "parent_workflow_id" TEXT DEFAULT NULL, "serialization" TEXT DEFAULT NULL, "delay_until_epoch_ms" BIGINT DEFAULT NULL, "was_forked_from" BOOLEAN NOT NULL DEFAULT FALSE, "rate_limited" BOOLEAN NOT NULL DEFAULT FALSE, "completed_at" BIGINT, "attributes" TEXT, "schedule_name" TEXT, "debounce_deadline_epoch_ms" BIGINT DEFAULT NULL, "is_debounced" BOOLEAN NOT NULL DEFAULT FALSE, "application_name" TEXT DEFAULT NULL, "creator_xid" TEXT DEFAULT NULL);
INSERT INTO "workflow_status" VALUES('000f7582aaae41e9828458e00d22fe4e','SUCCESS','destui.job',NULL,NULL,NULL,NULL,NULL,NULL,'vm-13669-f01ec1ab',1795564254000,1795564254000,'1','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'portable_json',NULL,0,0,1795564254000,'null',NULL,NULL,0,'destui','8558a841-e97a-4f2f-b36b-7b07730e0be7');
INSERT INTO "workflow_status" VALUES('06843a1d4675402bad8d2da23e8d4cb0','SUCCESS','destui.job',NULL,NULL,NULL,NULL,NULL,NULL,'vm-13669-f01ec1ab',1795564254000,1795564254000,'1','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'portable_json',NULL,0,0,1795564254000,'null',NULL,NULL,0,'destui','c19c633c-4c31-4db3-8996-d2164dc6dfdc');
INSERT INTO "workflow_status" VALUES('48d9213b35004cb39e145bcde5c2c260','SUCCESS','destui.job',NULL,NULL,NULL,NULL,NULL,NULL,'vm-13669-f01ec1ab',1795564254000,1795564254000,'1','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'portable_json',NULL,0,0,1795564254000,'null',NULL,NULL,0,'destui','ba4caefb-7f82-4465-bde3-8b6d98f29446');
INSERT INTO "workflow_status" VALUES('7d8270ed8fe1440e831301da43bddfbe','SUCCESS','destui.job',NULL,NULL,NULL,NULL,NULL,NULL,'vm-13669-f01ec1ab',1795564255000,1795564255000,'1','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'portable_json',NULL,0,0,1795564255000,'null',NULL,NULL,0,'destui','e58676d2-7b58-4928-bb53-77477df82401');
INSERT INTO "workflow_status" VALUES('49c9a292286a420ab6d8952a24f573d5','SUCCESS','destui.job',NULL,NULL,NULL,NULL,NULL,NULL,'vm-13669-f01ec1ab',1795564255000,1795564255000,'1','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'portable_json',NULL,0,0,1795564255000,'null',NULL,NULL,0,'destui','50c08d3c-f3d5-471a-ab1d-8cd603ce7b71');
INSERT INTO "workflow_status" VALUES('f9ffd875f83e4b3eb37a2e47f7b5cb23','SUCCESS','destui.job',NULL,NULL,NULL,NULL,NULL,NULL,'vm-13669-f01ec1ab',1795564256000,1795564256000,'1','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'portable_json',NULL,0,0,1795564256000,'null',NULL,NULL,0,'destui','262e0981-f843-41b3-9e69-c15a44045c05');
INSERT INTO "workflow_status" VALUES('8933220e709f4e18b70d543c8c557b8b','SUCCESS','destui.job',NULL,NULL,NULL,NULL,NULL,NULL,'vm-13669-f01ec1ab',1795564256000,1795564256000,'1','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'portable_json',NULL,0,0,1795564256000,'null',NULL,NULL,0,'destui','8f6bbfbf-a8ad-4753-9737-776beb70bace');
CREATE INDEX ix_destinations_by_name ON destinations (name_key, id) WHERE deleted_at IS NULL;
CREATE INDEX ix_destinations_by_status ON destinations (status, id) WHERE deleted_at IS NULL;
CREATE INDEX ix_destinations_by_updated ON destinations (updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX ix_destinations_by_who ON destinations (connected_by, id) WHERE deleted_at IS NULL;
CREATE INDEX ix_destinations_deleted ON destinations (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE UNIQUE INDEX ix_destinations_name ON destinations (name) WHERE deleted_at IS NULL;
CREATE INDEX ix_destinations_next_check ON destinations (next_check_at) WHERE deleted_at IS NULL;
CREATE INDEX ix_events_destination ON events (destination_id, id);
CREATE INDEX ix_jobs_check ON jobs (check_id);
CREATE INDEX ix_jobs_destination ON jobs (destination_id);
CREATE INDEX ix_jobs_open ON jobs (state, priority, created_at) WHERE state IN ('queued', 'claimed');
CREATE UNIQUE INDEX ix_jobs_open_key ON jobs ("key") WHERE state IN ('queued', 'claimed');
CREATE INDEX ix_secrets_destination ON secrets (destination_id);
CREATE INDEX ix_secrets_state ON secrets (state, created_at);
CREATE INDEX ix_checks_created ON checks (created_at);
CREATE INDEX ix_checks_destination ON checks (destination_id, created_at);
CREATE VIEW destination_rows AS
SELECT d.id, d.name, d.type, d.status, d.connected_by, d.updated_at, d.tags, d.version,
       c.step, c.number, c.total, d.name_key, d.fields, d.check_id, d.diagnosed_by, d.failing_since, d.created_at,
       d.host, d.secret_id, d.previous_fields
FROM destinations d
LEFT JOIN checks c ON c.id = d.check_id AND c.state IN ('queued', 'running')
WHERE d.deleted_at IS NULL;
CREATE INDEX workflow_status_created_at_index ON workflow_status (created_at);
CREATE INDEX idx_workflow_topic ON notifications (destination_uuid, topic);
CREATE INDEX "idx_workflow_status_delayed" ON "workflow_status" ("delay_until_epoch_ms") WHERE status = 'DELAYED';
CREATE INDEX "idx_workflow_status_forked_from" ON "workflow_status" ("forked_from") WHERE "forked_from" IS NOT NULL;
CREATE INDEX "idx_workflow_status_parent_workflow_id" ON "workflow_status" ("parent_workflow_id") WHERE "parent_workflow_id" IS NOT NULL;
CREATE UNIQUE INDEX "uq_workflow_status_dedup_id" ON "workflow_status" ("queue_name", "deduplication_id") WHERE "deduplication_id" IS NOT NULL;
CREATE INDEX "idx_workflow_status_pending" ON "workflow_status" ("created_at") WHERE "status" = 'PENDING';
CREATE INDEX "idx_workflow_status_failed" ON "workflow_status" ("status", "created_at") WHERE "status" IN ('ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED');
CREATE INDEX "idx_workflow_status_rate_limited" ON "workflow_status" ("queue_name", "started_at_epoch_ms") WHERE "rate_limited" = TRUE;
CREATE INDEX "idx_workflow_status_completed_at" ON "workflow_status" ("completed_at") WHERE "completed_at" IS NOT NULL;
CREATE INDEX "idx_workflow_status_started_at" ON "workflow_status" ("started_at_epoch_ms") WHERE "started_at_epoch_ms" IS NOT NULL;
CREATE INDEX "idx_workflow_status_schedule_name" ON "workflow_status" ("schedule_name") WHERE "schedule_name" IS NOT NULL;
CREATE UNIQUE INDEX "uq_application_versions_owner_version"
    ON application_versions ("application_name", "version_name")
    WHERE "application_name" IS NOT NULL;
CREATE UNIQUE INDEX "uq_application_versions_unclaimed_version"
    ON application_versions ("version_name")
    WHERE "application_name" IS NULL;
CREATE INDEX idx_workflow_input_retention
    ON workflow_input (retention_timestamp);
CREATE INDEX idx_workflow_output_retention
    ON workflow_output (retention_timestamp);
CREATE INDEX idx_operation_outputs_retention
    ON operation_outputs (retention_timestamp);
CREATE INDEX "idx_workflow_status_in_flight_v2" ON "workflow_status" ("queue_name", "status", "priority", "created_at", "application_name") WHERE "status" IN ('ENQUEUED', 'PENDING');
CREATE INDEX "idx_workflow_status_partition_dequeue_v3" ON "workflow_status" ("queue_name", "status", "queue_partition_key", "priority", "created_at", "workflow_uuid", "application_name") WHERE "status" IN ('ENQUEUED', 'PENDING') AND "queue_partition_key" IS NOT NULL;
CREATE INDEX "idx_operation_outputs_completed_at_function_name_v2" ON "operation_outputs" ("completed_at_epoch_ms", "function_name", "application_name");
CREATE INDEX "idx_workflow_status_deadline" ON "workflow_status" ("workflow_deadline_epoch_ms") WHERE "status" IN ('ENQUEUED', 'PENDING', 'DELAYED') AND "workflow_deadline_epoch_ms" IS NOT NULL;
CREATE INDEX "idx_application_versions_timestamp" ON "application_versions" ("version_timestamp" DESC);
CREATE INDEX "idx_application_versions_owner_timestamp" ON "application_versions" ("application_name", "version_timestamp" DESC);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('changes',124);
COMMIT;
