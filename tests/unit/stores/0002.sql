BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE application_versions (
    version_id TEXT NOT NULL PRIMARY KEY,
    version_name TEXT NOT NULL UNIQUE,
    version_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL);
INSERT INTO "application_versions" VALUES('d22d27dd-8b19-4559-bc7a-9280799d890e','1',1795991798000,1795991798000,'destui');
CREATE TABLE changes (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	entity TEXT NOT NULL, 
	row_id TEXT NOT NULL, 
	removed BOOLEAN NOT NULL, 
	at BIGINT NOT NULL
);
INSERT INTO "changes" VALUES(1,'settings','vault_wanted',0,1795991796271847);
INSERT INTO "changes" VALUES(2,'settings','vault',0,1795991796551804);
INSERT INTO "changes" VALUES(3,'settings','vault_key',0,1795991796648267);
INSERT INTO "changes" VALUES(4,'settings','store_id',0,1795991796654208);
INSERT INTO "changes" VALUES(5,'destination','cefb3780053b45359b7331e7c64d1f38',0,1795991796702804);
INSERT INTO "changes" VALUES(6,'check','b41dcb15d0344ad8900832da438ab9aa',0,1795991796702804);
INSERT INTO "changes" VALUES(7,'event','cefb3780053b45359b7331e7c64d1f38',0,1795991796702804);
INSERT INTO "changes" VALUES(8,'worker','vm-21681-68cede8b',0,1795991798371603);
INSERT INTO "changes" VALUES(9,'check','b41dcb15d0344ad8900832da438ab9aa',0,1795991798607502);
INSERT INTO "changes" VALUES(10,'destination','cefb3780053b45359b7331e7c64d1f38',0,1795991798607502);
INSERT INTO "changes" VALUES(11,'check','b41dcb15d0344ad8900832da438ab9aa',0,1795991798761310);
INSERT INTO "changes" VALUES(12,'destination','cefb3780053b45359b7331e7c64d1f38',0,1795991798761310);
INSERT INTO "changes" VALUES(13,'check','b41dcb15d0344ad8900832da438ab9aa',0,1795991798764418);
INSERT INTO "changes" VALUES(14,'destination','cefb3780053b45359b7331e7c64d1f38',0,1795991798764418);
INSERT INTO "changes" VALUES(15,'check','b41dcb15d0344ad8900832da438ab9aa',0,1795991798778016);
INSERT INTO "changes" VALUES(16,'destination','cefb3780053b45359b7331e7c64d1f38',0,1795991798778016);
INSERT INTO "changes" VALUES(17,'check','b41dcb15d0344ad8900832da438ab9aa',0,1795991798788043);
INSERT INTO "changes" VALUES(18,'destination','cefb3780053b45359b7331e7c64d1f38',0,1795991798788043);
INSERT INTO "changes" VALUES(19,'check','b41dcb15d0344ad8900832da438ab9aa',0,1795991798796222);
INSERT INTO "changes" VALUES(20,'destination','cefb3780053b45359b7331e7c64d1f38',0,1795991798796222);
INSERT INTO "changes" VALUES(21,'check','b41dcb15d0344ad8900832da438ab9aa',0,1795991798801189);
INSERT INTO "changes" VALUES(22,'destination','cefb3780053b45359b7331e7c64d1f38',0,1795991798801189);
INSERT INTO "changes" VALUES(23,'check','b41dcb15d0344ad8900832da438ab9aa',0,1795991798805142);
INSERT INTO "changes" VALUES(24,'destination','cefb3780053b45359b7331e7c64d1f38',0,1795991798805142);
INSERT INTO "changes" VALUES(25,'check','b41dcb15d0344ad8900832da438ab9aa',0,1795991798807450);
INSERT INTO "changes" VALUES(26,'destination','cefb3780053b45359b7331e7c64d1f38',0,1795991798807450);
INSERT INTO "changes" VALUES(27,'check','b41dcb15d0344ad8900832da438ab9aa',0,1795991798809613);
INSERT INTO "changes" VALUES(28,'destination','cefb3780053b45359b7331e7c64d1f38',0,1795991798809613);
INSERT INTO "changes" VALUES(29,'event','cefb3780053b45359b7331e7c64d1f38',0,1795991798809613);
INSERT INTO "changes" VALUES(30,'check','7363c372f39c4ed9b87fd728c5a6a358',0,1795991800273981);
INSERT INTO "changes" VALUES(31,'destination','cefb3780053b45359b7331e7c64d1f38',0,1795991800273981);
INSERT INTO "changes" VALUES(32,'check','7363c372f39c4ed9b87fd728c5a6a358',0,1795991800309828);
INSERT INTO "changes" VALUES(33,'destination','cefb3780053b45359b7331e7c64d1f38',0,1795991800309828);
INSERT INTO "changes" VALUES(34,'check','7363c372f39c4ed9b87fd728c5a6a358',0,1795991800329858);
INSERT INTO "changes" VALUES(35,'destination','cefb3780053b45359b7331e7c64d1f38',0,1795991800329858);
INSERT INTO "changes" VALUES(36,'check','7363c372f39c4ed9b87fd728c5a6a358',0,1795991800333610);
INSERT INTO "changes" VALUES(37,'destination','cefb3780053b45359b7331e7c64d1f38',0,1795991800333610);
INSERT INTO "changes" VALUES(38,'check','7363c372f39c4ed9b87fd728c5a6a358',0,1795991800335574);
INSERT INTO "changes" VALUES(39,'destination','cefb3780053b45359b7331e7c64d1f38',0,1795991800335574);
INSERT INTO "changes" VALUES(40,'check','7363c372f39c4ed9b87fd728c5a6a358',0,1795991800354058);
INSERT INTO "changes" VALUES(41,'destination','cefb3780053b45359b7331e7c64d1f38',0,1795991800354058);
INSERT INTO "changes" VALUES(42,'check','7363c372f39c4ed9b87fd728c5a6a358',0,1795991800361221);
INSERT INTO "changes" VALUES(43,'destination','cefb3780053b45359b7331e7c64d1f38',0,1795991800361221);
INSERT INTO "changes" VALUES(44,'check','7363c372f39c4ed9b87fd728c5a6a358',0,1795991800370436);
INSERT INTO "changes" VALUES(45,'destination','cefb3780053b45359b7331e7c64d1f38',0,1795991800370436);
INSERT INTO "changes" VALUES(46,'check','7363c372f39c4ed9b87fd728c5a6a358',0,1795991800375084);
INSERT INTO "changes" VALUES(47,'destination','cefb3780053b45359b7331e7c64d1f38',0,1795991800375084);
INSERT INTO "changes" VALUES(48,'check','7363c372f39c4ed9b87fd728c5a6a358',0,1795991800376663);
INSERT INTO "changes" VALUES(49,'destination','cefb3780053b45359b7331e7c64d1f38',0,1795991800376663);
INSERT INTO "changes" VALUES(50,'check','7363c372f39c4ed9b87fd728c5a6a358',0,1795991800379183);
INSERT INTO "changes" VALUES(51,'destination','cefb3780053b45359b7331e7c64d1f38',0,1795991800379183);
INSERT INTO "changes" VALUES(52,'event','cefb3780053b45359b7331e7c64d1f38',0,1795991800379183);
INSERT INTO "changes" VALUES(53,'destination','123312fc89334e2d90907cf5f1584ea8',0,1795991801840077);
INSERT INTO "changes" VALUES(54,'check','e1943954c4ae4cc1b901685925ba401d',0,1795991801840077);
INSERT INTO "changes" VALUES(55,'event','123312fc89334e2d90907cf5f1584ea8',0,1795991801840077);
INSERT INTO "changes" VALUES(56,'check','e1943954c4ae4cc1b901685925ba401d',0,1795991801893710);
INSERT INTO "changes" VALUES(57,'destination','123312fc89334e2d90907cf5f1584ea8',0,1795991801893710);
INSERT INTO "changes" VALUES(58,'check','e1943954c4ae4cc1b901685925ba401d',0,1795991801899890);
INSERT INTO "changes" VALUES(59,'destination','123312fc89334e2d90907cf5f1584ea8',0,1795991801899890);
INSERT INTO "changes" VALUES(60,'check','e1943954c4ae4cc1b901685925ba401d',0,1795991801901626);
INSERT INTO "changes" VALUES(61,'destination','123312fc89334e2d90907cf5f1584ea8',0,1795991801901626);
INSERT INTO "changes" VALUES(62,'check','e1943954c4ae4cc1b901685925ba401d',0,1795991801903948);
INSERT INTO "changes" VALUES(63,'destination','123312fc89334e2d90907cf5f1584ea8',0,1795991801903948);
INSERT INTO "changes" VALUES(64,'check','e1943954c4ae4cc1b901685925ba401d',0,1795991801917454);
INSERT INTO "changes" VALUES(65,'destination','123312fc89334e2d90907cf5f1584ea8',0,1795991801917454);
INSERT INTO "changes" VALUES(66,'check','e1943954c4ae4cc1b901685925ba401d',0,1795991801920245);
INSERT INTO "changes" VALUES(67,'destination','123312fc89334e2d90907cf5f1584ea8',0,1795991801920245);
INSERT INTO "changes" VALUES(68,'check','e1943954c4ae4cc1b901685925ba401d',0,1795991801921585);
INSERT INTO "changes" VALUES(69,'destination','123312fc89334e2d90907cf5f1584ea8',0,1795991801921585);
INSERT INTO "changes" VALUES(70,'event','123312fc89334e2d90907cf5f1584ea8',0,1795991801921585);
INSERT INTO "changes" VALUES(71,'destination','1f7456ff60f84848b46ff294393f1fa7',0,1795991803082240);
INSERT INTO "changes" VALUES(72,'check','6e39c150207347a49878d326c70b9df3',0,1795991803082240);
INSERT INTO "changes" VALUES(73,'event','1f7456ff60f84848b46ff294393f1fa7',0,1795991803082240);
INSERT INTO "changes" VALUES(74,'check','6e39c150207347a49878d326c70b9df3',0,1795991803298032);
INSERT INTO "changes" VALUES(75,'destination','1f7456ff60f84848b46ff294393f1fa7',0,1795991803298032);
INSERT INTO "changes" VALUES(76,'check','6e39c150207347a49878d326c70b9df3',0,1795991803306649);
INSERT INTO "changes" VALUES(77,'destination','1f7456ff60f84848b46ff294393f1fa7',0,1795991803306649);
INSERT INTO "changes" VALUES(78,'check','6e39c150207347a49878d326c70b9df3',0,1795991803308882);
INSERT INTO "changes" VALUES(79,'destination','1f7456ff60f84848b46ff294393f1fa7',0,1795991803308882);
INSERT INTO "changes" VALUES(80,'check','6e39c150207347a49878d326c70b9df3',0,1795991803312236);
INSERT INTO "changes" VALUES(81,'destination','1f7456ff60f84848b46ff294393f1fa7',0,1795991803312236);
INSERT INTO "changes" VALUES(82,'check','6e39c150207347a49878d326c70b9df3',0,1795991803331115);
INSERT INTO "changes" VALUES(83,'destination','1f7456ff60f84848b46ff294393f1fa7',0,1795991803331115);
INSERT INTO "changes" VALUES(84,'check','6e39c150207347a49878d326c70b9df3',0,1795991803334705);
INSERT INTO "changes" VALUES(85,'destination','1f7456ff60f84848b46ff294393f1fa7',0,1795991803334705);
INSERT INTO "changes" VALUES(86,'event','1f7456ff60f84848b46ff294393f1fa7',0,1795991803334705);
INSERT INTO "changes" VALUES(87,'destination','4ff21e16995748968bad7d099ac26901',0,1795991804485243);
INSERT INTO "changes" VALUES(88,'check','1fa889aefd0f44c2bf9e31bbea1c2e6d',0,1795991804485243);
INSERT INTO "changes" VALUES(89,'event','4ff21e16995748968bad7d099ac26901',0,1795991804485243);
INSERT INTO "changes" VALUES(90,'check','1fa889aefd0f44c2bf9e31bbea1c2e6d',0,1795991804636297);
INSERT INTO "changes" VALUES(91,'destination','4ff21e16995748968bad7d099ac26901',0,1795991804636297);
INSERT INTO "changes" VALUES(92,'check','1fa889aefd0f44c2bf9e31bbea1c2e6d',0,1795991804644183);
INSERT INTO "changes" VALUES(93,'destination','4ff21e16995748968bad7d099ac26901',0,1795991804644183);
INSERT INTO "changes" VALUES(94,'check','1fa889aefd0f44c2bf9e31bbea1c2e6d',0,1795991804653268);
INSERT INTO "changes" VALUES(95,'destination','4ff21e16995748968bad7d099ac26901',0,1795991804653268);
INSERT INTO "changes" VALUES(96,'check','1fa889aefd0f44c2bf9e31bbea1c2e6d',0,1795991804657527);
INSERT INTO "changes" VALUES(97,'destination','4ff21e16995748968bad7d099ac26901',0,1795991804657527);
INSERT INTO "changes" VALUES(98,'check','1fa889aefd0f44c2bf9e31bbea1c2e6d',0,1795991804659444);
INSERT INTO "changes" VALUES(99,'destination','4ff21e16995748968bad7d099ac26901',0,1795991804659444);
INSERT INTO "changes" VALUES(100,'event','4ff21e16995748968bad7d099ac26901',0,1795991804659444);
INSERT INTO "changes" VALUES(101,'destination','4ff21e16995748968bad7d099ac26901',1,1795991805381440);
INSERT INTO "changes" VALUES(102,'event','4ff21e16995748968bad7d099ac26901',0,1795991805381440);
INSERT INTO "changes" VALUES(103,'check','7078bba2c5c04d2997091ec9f694acfb',0,1795991806143201);
INSERT INTO "changes" VALUES(104,'destination','1f7456ff60f84848b46ff294393f1fa7',0,1795991806143201);
INSERT INTO "changes" VALUES(105,'check','7078bba2c5c04d2997091ec9f694acfb',0,1795991806223098);
INSERT INTO "changes" VALUES(106,'destination','1f7456ff60f84848b46ff294393f1fa7',0,1795991806223098);
INSERT INTO "changes" VALUES(107,'check','7078bba2c5c04d2997091ec9f694acfb',0,1795991806237624);
INSERT INTO "changes" VALUES(108,'destination','1f7456ff60f84848b46ff294393f1fa7',0,1795991806237624);
INSERT INTO "changes" VALUES(109,'check','7078bba2c5c04d2997091ec9f694acfb',0,1795991806241342);
INSERT INTO "changes" VALUES(110,'destination','1f7456ff60f84848b46ff294393f1fa7',0,1795991806241342);
INSERT INTO "changes" VALUES(111,'check','7078bba2c5c04d2997091ec9f694acfb',0,1795991806245842);
INSERT INTO "changes" VALUES(112,'destination','1f7456ff60f84848b46ff294393f1fa7',0,1795991806245842);
INSERT INTO "changes" VALUES(113,'settings','limit',0,1795991807334731);
INSERT INTO "changes" VALUES(114,'event','',0,1795991807334731);
INSERT INTO "changes" VALUES(115,'settings','contact',0,1795991808449726);
INSERT INTO "changes" VALUES(116,'event','',0,1795991808449726);
INSERT INTO "changes" VALUES(117,'worker','vm-21681-68cede8b',0,1795991809547307);
INSERT INTO "changes" VALUES(118,'destination','f71a925ed69646e9ab72fe24a188c49f',0,1795991812566254);
INSERT INTO "changes" VALUES(119,'check','8a1791151f6f451e936cbc560e01fa54',0,1795991812566254);
INSERT INTO "changes" VALUES(120,'event','f71a925ed69646e9ab72fe24a188c49f',0,1795991812566254);
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
INSERT INTO "check_steps" VALUES('b41dcb15d0344ad8900832da438ab9aa',0,'resolve','passed',12,'127.0.0.1',1795991798744910,5000);
INSERT INTO "check_steps" VALUES('b41dcb15d0344ad8900832da438ab9aa',1,'reach','passed',16,'',1795991798756900,5000);
INSERT INTO "check_steps" VALUES('b41dcb15d0344ad8900832da438ab9aa',2,'sign in','passed',14,'',1795991798773503,10000);
INSERT INTO "check_steps" VALUES('b41dcb15d0344ad8900832da438ab9aa',3,'open','passed',8,'PostgreSQL 15.18',1795991798787488,10000);
INSERT INTO "check_steps" VALUES('b41dcb15d0344ad8900832da438ab9aa',4,'create','passed',5,'',1795991798795579,10000);
INSERT INTO "check_steps" VALUES('b41dcb15d0344ad8900832da438ab9aa',5,'write','passed',4,'',1795991798800669,10000);
INSERT INTO "check_steps" VALUES('b41dcb15d0344ad8900832da438ab9aa',6,'read back','passed',3,'',1795991798804390,10000);
INSERT INTO "check_steps" VALUES('b41dcb15d0344ad8900832da438ab9aa',7,'clean up','passed',2,'',1795991798807099,10000);
INSERT INTO "check_steps" VALUES('7363c372f39c4ed9b87fd728c5a6a358',0,'resolve','passed',10,'127.0.0.1',1795991800323201,5000);
INSERT INTO "check_steps" VALUES('7363c372f39c4ed9b87fd728c5a6a358',1,'reach','passed',1,'',1795991800333300,5000);
INSERT INTO "check_steps" VALUES('7363c372f39c4ed9b87fd728c5a6a358',2,'sign in','passed',19,'',1795991800334364,10000);
INSERT INTO "check_steps" VALUES('7363c372f39c4ed9b87fd728c5a6a358',3,'open','passed',7,'PostgreSQL 15.18',1795991800353659,10000);
INSERT INTO "check_steps" VALUES('7363c372f39c4ed9b87fd728c5a6a358',4,'create','passed',9,'',1795991800360845,10000);
INSERT INTO "check_steps" VALUES('7363c372f39c4ed9b87fd728c5a6a358',5,'write','passed',4,'',1795991800369805,10000);
INSERT INTO "check_steps" VALUES('7363c372f39c4ed9b87fd728c5a6a358',6,'read back','passed',2,'',1795991800374226,10000);
INSERT INTO "check_steps" VALUES('7363c372f39c4ed9b87fd728c5a6a358',7,'clean up','passed',2,'',1795991800376435,10000);
INSERT INTO "check_steps" VALUES('e1943954c4ae4cc1b901685925ba401d',0,'resolve','passed',1,'127.0.0.1',1795991801899651,5000);
INSERT INTO "check_steps" VALUES('e1943954c4ae4cc1b901685925ba401d',1,'reach','passed',1,'',1795991801901393,5000);
INSERT INTO "check_steps" VALUES('e1943954c4ae4cc1b901685925ba401d',2,'sign in','failed',12,'password authentication failed for user "loader"',1795991801902981,10000);
INSERT INTO "check_steps" VALUES('e1943954c4ae4cc1b901685925ba401d',3,'open','skipped',NULL,'',NULL,NULL);
INSERT INTO "check_steps" VALUES('e1943954c4ae4cc1b901685925ba401d',4,'create','skipped',NULL,'',NULL,NULL);
INSERT INTO "check_steps" VALUES('e1943954c4ae4cc1b901685925ba401d',5,'write','skipped',NULL,'',NULL,NULL);
INSERT INTO "check_steps" VALUES('e1943954c4ae4cc1b901685925ba401d',6,'read back','skipped',NULL,'',NULL,NULL);
INSERT INTO "check_steps" VALUES('e1943954c4ae4cc1b901685925ba401d',7,'clean up','passed',1,'',1795991801916262,10000);
INSERT INTO "check_steps" VALUES('6e39c150207347a49878d326c70b9df3',0,'resolve','passed',1,'192.0.2.17',1795991803305458,5000);
INSERT INTO "check_steps" VALUES('6e39c150207347a49878d326c70b9df3',1,'reach','passed',2,'',1795991803306071,5000);
INSERT INTO "check_steps" VALUES('6e39c150207347a49878d326c70b9df3',2,'encrypt','passed',2,'TLS 1.3',1795991803308548,5000);
INSERT INTO "check_steps" VALUES('6e39c150207347a49878d326c70b9df3',3,'sign in','passed',0,'',1795991803311088,10000);
INSERT INTO "check_steps" VALUES('6e39c150207347a49878d326c70b9df3',4,'open','passed',2,'',1795991803311262,10000);
INSERT INTO "check_steps" VALUES('6e39c150207347a49878d326c70b9df3',5,'create','passed',12,'',1795991803316608,10000);
INSERT INTO "check_steps" VALUES('6e39c150207347a49878d326c70b9df3',6,'write','passed',0,'',1795991803328871,10000);
INSERT INTO "check_steps" VALUES('6e39c150207347a49878d326c70b9df3',7,'read back','passed',3,'',1795991803329109,10000);
INSERT INTO "check_steps" VALUES('6e39c150207347a49878d326c70b9df3',8,'clean up','passed',0,'',1795991803332326,10000);
INSERT INTO "check_steps" VALUES('1fa889aefd0f44c2bf9e31bbea1c2e6d',0,'resolve','passed',1,'192.0.2.17',1795991804640367,5000);
INSERT INTO "check_steps" VALUES('1fa889aefd0f44c2bf9e31bbea1c2e6d',1,'reach','passed',3,'',1795991804641005,5000);
INSERT INTO "check_steps" VALUES('1fa889aefd0f44c2bf9e31bbea1c2e6d',2,'encrypt','passed',2,'TLS 1.3',1795991804643956,5000);
INSERT INTO "check_steps" VALUES('1fa889aefd0f44c2bf9e31bbea1c2e6d',3,'sign in','passed',1,'',1795991804645719,10000);
INSERT INTO "check_steps" VALUES('1fa889aefd0f44c2bf9e31bbea1c2e6d',4,'open','passed',0,'',1795991804646482,10000);
INSERT INTO "check_steps" VALUES('1fa889aefd0f44c2bf9e31bbea1c2e6d',5,'create','passed',0,'',1795991804646663,10000);
INSERT INTO "check_steps" VALUES('1fa889aefd0f44c2bf9e31bbea1c2e6d',6,'write','passed',0,'',1795991804647179,10000);
INSERT INTO "check_steps" VALUES('1fa889aefd0f44c2bf9e31bbea1c2e6d',7,'read back','passed',8,'',1795991804647572,10000);
INSERT INTO "check_steps" VALUES('1fa889aefd0f44c2bf9e31bbea1c2e6d',8,'clean up','passed',3,'',1795991804655784,10000);
INSERT INTO "check_steps" VALUES('7078bba2c5c04d2997091ec9f694acfb',0,'resolve','passed',10,'192.0.2.17',1795991806227003,5000);
INSERT INTO "check_steps" VALUES('7078bba2c5c04d2997091ec9f694acfb',1,'reach','passed',2,'',1795991806237232,5000);
INSERT INTO "check_steps" VALUES('7078bba2c5c04d2997091ec9f694acfb',2,'encrypt','passed',0,'TLS 1.3',1795991806239286,5000);
INSERT INTO "check_steps" VALUES('7078bba2c5c04d2997091ec9f694acfb',3,'sign in','passed',0,'',1795991806239486,10000);
INSERT INTO "check_steps" VALUES('7078bba2c5c04d2997091ec9f694acfb',4,'open','passed',0,'',1795991806239656,10000);
INSERT INTO "check_steps" VALUES('7078bba2c5c04d2997091ec9f694acfb',5,'create','passed',0,'',1795991806239800,10000);
INSERT INTO "check_steps" VALUES('7078bba2c5c04d2997091ec9f694acfb',6,'write','passed',0,'',1795991806239932,10000);
INSERT INTO "check_steps" VALUES('7078bba2c5c04d2997091ec9f694acfb',7,'read back','passed',5,'',1795991806240058,10000);
INSERT INTO "check_steps" VALUES('7078bba2c5c04d2997091ec9f694acfb',8,'clean up','passed',0,'',1795991806244826,10000);
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
INSERT INTO "checks" VALUES('b41dcb15d0344ad8900832da438ab9aa','cefb3780053b45359b7331e7c64d1f38','initialise','passed','ines.alvarez@acme.test','postgres',NULL,NULL,1,1,'clean up',8,8,'',NULL,NULL,NULL,NULL,NULL,NULL,'{"address": "127.0.0.1", "server": "PostgreSQL 15.18 (Debian 15.18-0+deb12u1)", "status before": "initializing"}',1795991796702804,1795991798607502,1795991798809613);
INSERT INTO "checks" VALUES('7363c372f39c4ed9b87fd728c5a6a358','cefb3780053b45359b7331e7c64d1f38','re-authorise','passed','ines.alvarez@acme.test','postgres','{"host": "127.0.0.1", "port": 53279, "database": "warehouse", "schema": "analytics", "user": "loader", "tls": "off"}','811eb3af188c4ee5b382c1af71e06bf4',1,1,'clean up',8,8,'',NULL,NULL,NULL,NULL,NULL,NULL,'{"address": "127.0.0.1", "server": "PostgreSQL 15.18 (Debian 15.18-0+deb12u1)"}',1795991800273981,1795991800309828,1795991800379183);
INSERT INTO "checks" VALUES('e1943954c4ae4cc1b901685925ba401d','123312fc89334e2d90907cf5f1584ea8','initialise','failed','ines.alvarez@acme.test','postgres',NULL,NULL,1,1,'clean up',8,8,'','sign in','PG-28P01','["wrong_password", "unknown_user", "password_expired"]','The server refused user loader with this password: the password is wrong, there is no such role, or its password has expired.','Type the field Password again, and correct User if the role has another name; run this as a superuser, or as the role with CREATEROLE that made loader, to see which it is and to lift an end:
SELECT rolname, rolvaliduntil, now() > rolvaliduntil AS is_expired FROM pg_roles WHERE rolname = ''loader'';
ALTER ROLE loader VALID UNTIL ''infinity'';','password authentication failed for user "loader"','{"address": "127.0.0.1", "driver code": "SQLSTATE 28P01", "more": "The server tells nothing to strangers; its log says which. Run the first line of the fix: no row, and there is no such role; is_expired t, and the second line lets it in again; otherwise the password is wrong, and \\password with the role''s name sets a new one in psql.", "status before": "initializing"}',1795991801840077,1795991801893710,1795991801921585);
INSERT INTO "checks" VALUES('6e39c150207347a49878d326c70b9df3','1f7456ff60f84848b46ff294393f1fa7','initialise','passed','ines.alvarez@acme.test','simulator',NULL,NULL,1,1,'read back',8,9,'',NULL,NULL,NULL,NULL,NULL,NULL,'{"status before": "initializing"}',1795991803082240,1795991803298032,1795991803334705);
INSERT INTO "checks" VALUES('1fa889aefd0f44c2bf9e31bbea1c2e6d','4ff21e16995748968bad7d099ac26901','initialise','passed','ines.alvarez@acme.test','simulator',NULL,NULL,1,1,'clean up',9,9,'',NULL,NULL,NULL,NULL,NULL,NULL,'{"status before": "initializing"}',1795991804485243,1795991804636297,1795991804659444);
INSERT INTO "checks" VALUES('7078bba2c5c04d2997091ec9f694acfb','1f7456ff60f84848b46ff294393f1fa7','asked','passed','ines.alvarez@acme.test','simulator',NULL,NULL,1,1,'read back',8,9,'',NULL,NULL,NULL,NULL,NULL,NULL,'{}',1795991806143201,1795991806223098,1795991806245842);
INSERT INTO "checks" VALUES('8a1791151f6f451e936cbc560e01fa54','f71a925ed69646e9ab72fe24a188c49f','initialise','queued','ines.alvarez@acme.test','simulator',NULL,NULL,1,0,'',0,0,'',NULL,NULL,NULL,NULL,NULL,NULL,'{}',1795991812566254,NULL,NULL);
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
INSERT INTO "destinations" VALUES('cefb3780053b45359b7331e7c64d1f38','warehouse','warehouse','postgres','{"host": "127.0.0.1", "port": 53279, "database": "warehouse", "schema": "analytics", "user": "loader", "tls": "off"}','["prod"]','active','ines.alvarez@acme.test','',1795991796702804,1795991800379183,2,2,'811eb3af188c4ee5b382c1af71e06bf4','c1ebc8264c884b409f723012b65f9e3a','{"host": "127.0.0.1", "port": 53279, "database": "warehouse", "schema": "analytics", "user": "loader", "tls": "off"}','7363c372f39c4ed9b87fd728c5a6a358',NULL,NULL,1795992672573021,NULL,NULL);
INSERT INTO "destinations" VALUES('123312fc89334e2d90907cf5f1584ea8','broken','broken','postgres','{"host": "127.0.0.1", "port": 53279, "database": "warehouse", "schema": "analytics", "user": "loader", "tls": "off"}','[]','error','ines.alvarez@acme.test','',1795991801840077,1795991801921585,1,1,'61ac95cae22c4bcfa2279f924faad51b',NULL,NULL,'e1943954c4ae4cc1b901685925ba401d','e1943954c4ae4cc1b901685925ba401d',1795991801921585,NULL,NULL,NULL);
INSERT INTO "destinations" VALUES('1f7456ff60f84848b46ff294393f1fa7','東京 [b]','東京 [b]','simulator','{"outcome": "active", "seconds": 0}','["finance", "événements"]','active','ines.alvarez@acme.test','',1795991803082240,1795991803334705,1,1,NULL,NULL,NULL,'7078bba2c5c04d2997091ec9f694acfb',NULL,NULL,1795992655766456,NULL,NULL);
INSERT INTO "destinations" VALUES('4ff21e16995748968bad7d099ac26901','deleted','deleted','simulator','{"outcome": "active", "seconds": 0}','[]','active','ines.alvarez@acme.test','',1795991804485243,1795991804659444,2,1,NULL,NULL,NULL,'1fa889aefd0f44c2bf9e31bbea1c2e6d',NULL,NULL,1795992747912971,1795991805381440,'ines.alvarez@acme.test');
INSERT INTO "destinations" VALUES('f71a925ed69646e9ab72fe24a188c49f','waiting','waiting','simulator','{"outcome": "active", "seconds": 0}','[]','initializing','ines.alvarez@acme.test','',1795991812566254,1795991812566254,1,1,NULL,NULL,NULL,'8a1791151f6f451e936cbc560e01fa54',NULL,NULL,NULL,NULL,NULL);
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
INSERT INTO "events" VALUES(1,1795991796702804,'ines.alvarez@acme.test','vm','added','cefb3780053b45359b7331e7c64d1f38','warehouse','',1);
INSERT INTO "events" VALUES(2,1795991798809613,'ines.alvarez@acme.test','vm','active','cefb3780053b45359b7331e7c64d1f38','warehouse','',NULL);
INSERT INTO "events" VALUES(3,1795991800379183,'ines.alvarez@acme.test','vm','re-authorised','cefb3780053b45359b7331e7c64d1f38','warehouse','secrets',2);
INSERT INTO "events" VALUES(4,1795991801840077,'ines.alvarez@acme.test','vm','added','123312fc89334e2d90907cf5f1584ea8','broken','',1);
INSERT INTO "events" VALUES(5,1795991801921585,'ines.alvarez@acme.test','vm','error','123312fc89334e2d90907cf5f1584ea8','broken','The server refused user loader with this password: the password is wrong, there is no such role, or its password has expired.',NULL);
INSERT INTO "events" VALUES(6,1795991803082240,'ines.alvarez@acme.test','vm','added','1f7456ff60f84848b46ff294393f1fa7','東京 [b]','',1);
INSERT INTO "events" VALUES(7,1795991803334705,'ines.alvarez@acme.test','vm','active','1f7456ff60f84848b46ff294393f1fa7','東京 [b]','',NULL);
INSERT INTO "events" VALUES(8,1795991804485243,'ines.alvarez@acme.test','vm','added','4ff21e16995748968bad7d099ac26901','deleted','',1);
INSERT INTO "events" VALUES(9,1795991804659444,'ines.alvarez@acme.test','vm','active','4ff21e16995748968bad7d099ac26901','deleted','',NULL);
INSERT INTO "events" VALUES(10,1795991805381440,'ines.alvarez@acme.test','vm','deleted','4ff21e16995748968bad7d099ac26901','deleted','',2);
INSERT INTO "events" VALUES(11,1795991807334731,'ines.alvarez@acme.test','vm','limit',NULL,'','40',NULL);
INSERT INTO "events" VALUES(12,1795991808449726,'ines.alvarez@acme.test','vm','contact',NULL,'','data-platform@acme.test',NULL);
INSERT INTO "events" VALUES(13,1795991812566254,'ines.alvarez@acme.test','vm','added','f71a925ed69646e9ab72fe24a188c49f','waiting','',1);
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
	finished_at BIGINT, run_id VARCHAR(32), 
	PRIMARY KEY (id)
);
INSERT INTO "jobs" VALUES('8073f07ac5544ade86a3e02cef6d2066','check','check:cefb3780053b45359b7331e7c64d1f38','done',10,0,'vm-21681-68cede8b',1,'cefb3780053b45359b7331e7c64d1f38','b41dcb15d0344ad8900832da438ab9aa','postgres','127.0.0.1','',1795991796702804,1795991798809613,NULL);
INSERT INTO "jobs" VALUES('962b06d9c105441d872b1f98292a1533','clean-up','clean-up:store','done',0,0,'vm-21681-68cede8b',1,NULL,NULL,'','','',1795991798628443,1795991798738550,NULL);
INSERT INTO "jobs" VALUES('ff25f4a6a6dc461b84bc8a65a563872a','rotation','rotation:cefb3780053b45359b7331e7c64d1f38','done',10,0,'vm-21681-68cede8b',1,'cefb3780053b45359b7331e7c64d1f38','7363c372f39c4ed9b87fd728c5a6a358','postgres','127.0.0.1','',1795991800273981,1795991800379183,NULL);
INSERT INTO "jobs" VALUES('1f0c0d0b0d9e492eb36c94c496c482e1','check','check:123312fc89334e2d90907cf5f1584ea8','done',10,0,'vm-21681-68cede8b',1,'123312fc89334e2d90907cf5f1584ea8','e1943954c4ae4cc1b901685925ba401d','postgres','127.0.0.1','',1795991801840077,1795991801921585,NULL);
INSERT INTO "jobs" VALUES('ac04567f804949b887174a80d522846a','check','check:1f7456ff60f84848b46ff294393f1fa7','done',10,0,'vm-21681-68cede8b',1,'1f7456ff60f84848b46ff294393f1fa7','6e39c150207347a49878d326c70b9df3','simulator','','',1795991803082240,1795991803334705,NULL);
INSERT INTO "jobs" VALUES('9ddaa20953994d02b94977cb64ea3c7f','check','check:4ff21e16995748968bad7d099ac26901','done',10,0,'vm-21681-68cede8b',1,'4ff21e16995748968bad7d099ac26901','1fa889aefd0f44c2bf9e31bbea1c2e6d','simulator','','',1795991804485243,1795991804659444,NULL);
INSERT INTO "jobs" VALUES('69deb68f86b24f3ea8a7b3a3af31d7da','check','check:1f7456ff60f84848b46ff294393f1fa7','done',10,0,'vm-21681-68cede8b',1,'1f7456ff60f84848b46ff294393f1fa7','7078bba2c5c04d2997091ec9f694acfb','simulator','','',1795991806143201,1795991806245842,NULL);
INSERT INTO "jobs" VALUES('6104a00540f2472aa2467b65eac5403b','check','check:f71a925ed69646e9ab72fe24a188c49f','queued',10,0,NULL,0,'f71a925ed69646e9ab72fe24a188c49f','8a1791151f6f451e936cbc560e01fa54','simulator','','',1795991812566254,NULL,NULL);
CREATE TABLE load_orders (
	id VARCHAR(32) NOT NULL, 
	name TEXT NOT NULL, 
	name_key TEXT NOT NULL, 
	destination_id VARCHAR(32) NOT NULL, 
	source_id VARCHAR(32), 
	source TEXT NOT NULL, 
	table_name TEXT NOT NULL, 
	mode TEXT NOT NULL, 
	key_columns TEXT DEFAULT '[]' NOT NULL, 
	add_columns BOOLEAN DEFAULT false NOT NULL, 
	cron TEXT DEFAULT '' NOT NULL, 
	tz TEXT DEFAULT 'UTC' NOT NULL, 
	missed TEXT DEFAULT 'run' NOT NULL, 
	paused BOOLEAN DEFAULT false NOT NULL, 
	next_run_at BIGINT, 
	host TEXT DEFAULT '' NOT NULL, 
	"by" TEXT NOT NULL, 
	run_id VARCHAR(32), 
	version INTEGER DEFAULT '1' NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	deleted_at BIGINT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(destination_id) REFERENCES destinations (id) ON DELETE CASCADE
);
CREATE TABLE load_previews (
	id VARCHAR(32) NOT NULL, 
	destination_id VARCHAR(32) NOT NULL, 
	source_id VARCHAR(32), 
	"plan" TEXT NOT NULL, 
	result TEXT, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(destination_id) REFERENCES destinations (id) ON DELETE CASCADE
);
CREATE TABLE load_runs (
	id VARCHAR(32) NOT NULL, 
	order_id VARCHAR(32) NOT NULL, 
	destination_id VARCHAR(32) NOT NULL, 
	state TEXT NOT NULL, 
	"by" TEXT NOT NULL, 
	due_at BIGINT, 
	attempt INTEGER DEFAULT '0' NOT NULL, 
	"plan" TEXT, 
	secret_id VARCHAR(32), 
	source_secret_id VARCHAR(32), 
	waits_for TEXT DEFAULT '' NOT NULL, 
	phase TEXT DEFAULT '' NOT NULL, 
	rows BIGINT DEFAULT '0' NOT NULL, 
	bytes BIGINT DEFAULT '0' NOT NULL, 
	total_bytes BIGINT, 
	rows_per_second FLOAT DEFAULT '0' NOT NULL, 
	columns_added TEXT DEFAULT '[]' NOT NULL, 
	warnings TEXT DEFAULT '[]' NOT NULL, 
	of_source BOOLEAN DEFAULT false NOT NULL, 
	failed_step TEXT, 
	code TEXT, 
	causes TEXT, 
	cause TEXT, 
	fix TEXT, 
	message TEXT, 
	driver_code TEXT, 
	log TEXT DEFAULT '' NOT NULL, 
	created_at BIGINT NOT NULL, 
	started_at BIGINT, 
	finished_at BIGINT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(order_id) REFERENCES load_orders (id) ON DELETE CASCADE
);
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
INSERT INTO "operation_outputs" VALUES('962b06d9c105441d872b1f98292a1533',1,'destui.perform','{"state":"passed"}',NULL,NULL,1795991798670,1795991798747,'portable_json','destui',1795991798000);
INSERT INTO "operation_outputs" VALUES('8073f07ac5544ade86a3e02cef6d2066',1,'destui.perform','{"state":"passed"}',NULL,NULL,1795991798619,1795991798821,'portable_json','destui',1795991798000);
INSERT INTO "operation_outputs" VALUES('ff25f4a6a6dc461b84bc8a65a563872a',1,'destui.perform','{"state":"passed"}',NULL,NULL,1795991800312,1795991800384,'portable_json','destui',1795991800000);
INSERT INTO "operation_outputs" VALUES('1f0c0d0b0d9e492eb36c94c496c482e1',1,'destui.perform','{"state":"failed"}',NULL,NULL,1795991801898,1795991801924,'portable_json','destui',1795991801000);
INSERT INTO "operation_outputs" VALUES('ac04567f804949b887174a80d522846a',1,'destui.perform','{"state":"passed"}',NULL,NULL,1795991803300,1795991803339,'portable_json','destui',1795991803000);
INSERT INTO "operation_outputs" VALUES('9ddaa20953994d02b94977cb64ea3c7f',1,'destui.perform','{"state":"passed"}',NULL,NULL,1795991804639,1795991804663,'portable_json','destui',1795991804000);
INSERT INTO "operation_outputs" VALUES('69deb68f86b24f3ea8a7b3a3af31d7da',1,'destui.perform','{"state":"passed"}',NULL,NULL,1795991806226,1795991806248,'portable_json','destui',1795991806000);
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
INSERT INTO "secrets" VALUES('c1ebc8264c884b409f723012b65f9e3a','cefb3780053b45359b7331e7c64d1f38','previous','["password"]',X'8043822EBF1C1FD689BC59A9E31DC91D9319AAC686A20B04787A99C1C735F49851647378AC32709C51DCE86451DA3417AF9F350F5932A2C0E1CF0D',1795991796686333);
INSERT INTO "secrets" VALUES('811eb3af188c4ee5b382c1af71e06bf4','cefb3780053b45359b7331e7c64d1f38','current','["password"]',X'6D308A7121ED07C47C9422CA59F316CFF54FD87A5C2D3D18663DB62E268409C744CC3BF99CD7F7354B37096B9A72F5A16B294DF197B41E0DCD9074',1795991800242060);
INSERT INTO "secrets" VALUES('61ac95cae22c4bcfa2279f924faad51b','123312fc89334e2d90907cf5f1584ea8','current','["password"]',X'74BA32B6E489675333AACA53CB83503F5BDD4E3BEAAD30B3E56F881B4A50DF271E48D92DBF382CBC046C4AC05AB3CF4487FD5E08539D18C2674075F730726FC70B3E4B6601',1795991801828395);
CREATE TABLE settings (
	"key" VARCHAR(64) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "settings" VALUES('vault_wanted','sealed');
INSERT INTO "settings" VALUES('vault','sealed');
INSERT INTO "settings" VALUES('vault_key','24384679aa56b26ead8ab947896ad397');
INSERT INTO "settings" VALUES('store_id','18aa758dd3db4252962dc92d94017c41');
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
INSERT INTO "workflow_input" VALUES('8073f07ac5544ade86a3e02cef6d2066','{"namedArgs":{},"positionalArgs":["8073f07ac5544ade86a3e02cef6d2066"]}',1795991798000);
INSERT INTO "workflow_input" VALUES('962b06d9c105441d872b1f98292a1533','{"namedArgs":{},"positionalArgs":["962b06d9c105441d872b1f98292a1533"]}',1795991798000);
INSERT INTO "workflow_input" VALUES('ff25f4a6a6dc461b84bc8a65a563872a','{"namedArgs":{},"positionalArgs":["ff25f4a6a6dc461b84bc8a65a563872a"]}',1795991800000);
INSERT INTO "workflow_input" VALUES('1f0c0d0b0d9e492eb36c94c496c482e1','{"namedArgs":{},"positionalArgs":["1f0c0d0b0d9e492eb36c94c496c482e1"]}',1795991801000);
INSERT INTO "workflow_input" VALUES('ac04567f804949b887174a80d522846a','{"namedArgs":{},"positionalArgs":["ac04567f804949b887174a80d522846a"]}',1795991803000);
INSERT INTO "workflow_input" VALUES('9ddaa20953994d02b94977cb64ea3c7f','{"namedArgs":{},"positionalArgs":["9ddaa20953994d02b94977cb64ea3c7f"]}',1795991804000);
INSERT INTO "workflow_input" VALUES('69deb68f86b24f3ea8a7b3a3af31d7da','{"namedArgs":{},"positionalArgs":["69deb68f86b24f3ea8a7b3a3af31d7da"]}',1795991806000);
CREATE TABLE workflow_output (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    output TEXT,
    error TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
INSERT INTO "workflow_output" VALUES('962b06d9c105441d872b1f98292a1533','{"state":"passed"}',NULL,1795991798000);
INSERT INTO "workflow_output" VALUES('8073f07ac5544ade86a3e02cef6d2066','{"state":"passed"}',NULL,1795991798000);
INSERT INTO "workflow_output" VALUES('ff25f4a6a6dc461b84bc8a65a563872a','{"state":"passed"}',NULL,1795991800000);
INSERT INTO "workflow_output" VALUES('1f0c0d0b0d9e492eb36c94c496c482e1','{"state":"failed"}',NULL,1795991801000);
INSERT INTO "workflow_output" VALUES('ac04567f804949b887174a80d522846a','{"state":"passed"}',NULL,1795991803000);
INSERT INTO "workflow_output" VALUES('9ddaa20953994d02b94977cb64ea3c7f','{"state":"passed"}',NULL,1795991804000);
INSERT INTO "workflow_output" VALUES('69deb68f86b24f3ea8a7b3a3af31d7da','{"state":"passed"}',NULL,1795991806000);
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
INSERT INTO "workflow_status" VALUES('8073f07ac5544ade86a3e02cef6d2066','SUCCESS','destui.job',NULL,NULL,NULL,NULL,NULL,NULL,'vm-21681-68cede8b',1795991798000,1795991798000,'1','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'portable_json',NULL,0,0,1795991798000,'null',NULL,NULL,0,'destui','8267dcd8-5f71-4ea1-a389-671318bdb91d');
INSERT INTO "workflow_status" VALUES('962b06d9c105441d872b1f98292a1533','SUCCESS','destui.job',NULL,NULL,NULL,NULL,NULL,NULL,'vm-21681-68cede8b',1795991798000,1795991798000,'1','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'portable_json',NULL,0,0,1795991798000,'null',NULL,NULL,0,'destui','5348b42c-a063-469b-a8a1-e911533c2720');
INSERT INTO "workflow_status" VALUES('ff25f4a6a6dc461b84bc8a65a563872a','SUCCESS','destui.job',NULL,NULL,NULL,NULL,NULL,NULL,'vm-21681-68cede8b',1795991800000,1795991800000,'1','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'portable_json',NULL,0,0,1795991800000,'null',NULL,NULL,0,'destui','5531150d-1e2c-4ad4-a303-70d1a4e2def7');
INSERT INTO "workflow_status" VALUES('1f0c0d0b0d9e492eb36c94c496c482e1','SUCCESS','destui.job',NULL,NULL,NULL,NULL,NULL,NULL,'vm-21681-68cede8b',1795991801000,1795991801000,'1','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'portable_json',NULL,0,0,1795991801000,'null',NULL,NULL,0,'destui','7a5d2f1d-17a8-4287-ac58-470b67ceb223');
INSERT INTO "workflow_status" VALUES('ac04567f804949b887174a80d522846a','SUCCESS','destui.job',NULL,NULL,NULL,NULL,NULL,NULL,'vm-21681-68cede8b',1795991803000,1795991803000,'1','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'portable_json',NULL,0,0,1795991803000,'null',NULL,NULL,0,'destui','f1ce908c-f208-43e0-a5cb-83a153bb8dc1');
INSERT INTO "workflow_status" VALUES('9ddaa20953994d02b94977cb64ea3c7f','SUCCESS','destui.job',NULL,NULL,NULL,NULL,NULL,NULL,'vm-21681-68cede8b',1795991804000,1795991804000,'1','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'portable_json',NULL,0,0,1795991804000,'null',NULL,NULL,0,'destui','e42f0abb-be3f-46b6-aff9-b6661236a980');
INSERT INTO "workflow_status" VALUES('69deb68f86b24f3ea8a7b3a3af31d7da','SUCCESS','destui.job',NULL,NULL,NULL,NULL,NULL,NULL,'vm-21681-68cede8b',1795991806000,1795991806000,'1','',NULL,NULL,1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,'portable_json',NULL,0,0,1795991806000,'null',NULL,NULL,0,'destui','60da3c06-a937-45d2-bbed-f44f8934bdde');
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
CREATE INDEX ix_jobs_run ON jobs (run_id);
CREATE UNIQUE INDEX ix_load_orders_name ON load_orders (name) WHERE deleted_at IS NULL;
CREATE INDEX ix_load_orders_by_name ON load_orders (name_key, id) WHERE deleted_at IS NULL;
CREATE INDEX ix_load_orders_due ON load_orders (next_run_at) WHERE deleted_at IS NULL;
CREATE INDEX ix_load_orders_destination ON load_orders (destination_id);
CREATE INDEX ix_load_orders_source ON load_orders (source_id);
CREATE UNIQUE INDEX ix_load_runs_due ON load_runs (order_id, due_at);
CREATE INDEX ix_load_runs_order ON load_runs (order_id, created_at);
CREATE INDEX ix_load_runs_open ON load_runs (state) WHERE state IN ('queued', 'waiting', 'running');
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
INSERT INTO "sqlite_sequence" VALUES('changes',120);
COMMIT;
