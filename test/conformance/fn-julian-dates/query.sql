CREATE TABLE t (id INT, s STRING);
SELECT id,
  TO_DATE(s, 'yyyy-MM-dd') AS x1,
  UNIX_TIMESTAMP(s) AS x2,
  UNIX_TIMESTAMP(s, 'yyyy-MM') AS x3,
  DATE_FORMAT(s, 'yyyy-MM-dd D E u HH') AS x4,
  DATE_FORMAT(s, 'yy M y') AS x5,
  FROM_UNIXTIME(UNIX_TIMESTAMP(s)) AS x6,
  FROM_UNIXTIME(UNIX_TIMESTAMP(s), 'yyyy D') AS x7,
  CONVERT_TZ(s, 'UTC', 'Asia/Tokyo') AS x8,
  CONVERT_TZ(s, 'Europe/Berlin', 'UTC') AS x9,
  CONVERT_TZ(s, 'GMT+5', 'America/New_York') AS x10,
  TO_TIMESTAMP(s, 'yyyy-MM-dd HH:mm:ss') AS x11
FROM t;
