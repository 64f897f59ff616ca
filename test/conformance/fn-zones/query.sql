CREATE TABLE t (id INT, s STRING, pt STRING, zn STRING);
SELECT id,
  TO_TIMESTAMP_LTZ(s, pt, zn) AS x1,
  TO_TIMESTAMP_LTZ(s, pt) AS x2,
  TO_TIMESTAMP(s, pt) AS x3,
  CONVERT_TZ(s || ' 02:30:00', 'UTC', zn) AS x4,
  CONVERT_TZ(s || ' 02:30:00', zn, 'UTC') AS x5,
  TO_TIMESTAMP_LTZ(s || ' 02:30:00', 'yyyy-MM-dd HH:mm:ss', zn) AS x6,
  TO_TIMESTAMP_LTZ(s, 'yyyy' || '-MM-dd', 'Mars/' || 'X') AS x7,
  TO_TIMESTAMP_LTZ(s, 'yyyyr' || '-MM', 'UTC') AS x8,
  TO_TIMESTAMP(s, 'unparsable') AS x9,
  TO_TIMESTAMP(s, 'yyyy ''x') AS x10,
  TO_TIMESTAMP_LTZ(s, 'yyyy-MM-dd', '+8') AS x11,
  TO_TIMESTAMP_LTZ(s, 'yyyy-MM-dd', 'UTC+3') AS x12,
  TO_TIMESTAMP_LTZ(NULL) AS x13,
  TO_TIMESTAMP_LTZ(NULL, 'yyyy') AS x14,
  TO_TIMESTAMP_LTZ(NULL, 'yyyy', 'UTC') AS x15,
  TO_TIMESTAMP_LTZ(id, CAST(NULL AS INT)) AS x16
FROM t;
