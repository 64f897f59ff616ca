package headrace.oracle;

import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Period;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.MultisetType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;
import org.apache.flink.types.Row;

/** Flink's values as canonical JSON text, the form of a case's expected.jsonl. */
final class Canon {
    private Canon() {}

    static String row(Object[] values, List<String> names, List<LogicalType> types) {
        List<String> fields = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            fields.add(text(names.get(i)) + ":" + value(values[i], types.get(i)));
        }
        return "{" + String.join(",", fields) + "}";
    }

    private static String value(Object v, LogicalType type) {
        if (v == null) return "null";
        switch (type.getTypeRoot()) {
            case BOOLEAN:
            case TINYINT:
            case SMALLINT:
            case INTEGER:
            case BIGINT:
                return v.toString();
            case FLOAT:
            case DOUBLE:
                return Double.isFinite(((Number) v).doubleValue()) ? v.toString() : text(v.toString());
            case DECIMAL:
                return text(((BigDecimal) v).toPlainString());
            case BINARY:
            case VARBINARY:
                return text(Base64.getEncoder().encodeToString((byte[]) v));
            case TIME_WITHOUT_TIME_ZONE:
                return text(time((LocalTime) v, type));
            case TIMESTAMP_WITHOUT_TIME_ZONE:
                return text(dateTime((LocalDateTime) v, type));
            case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                LocalDateTime utc = LocalDateTime.ofInstant((Instant) v, ZoneOffset.UTC);
                return text(dateTime(utc, type) + "Z");
            case INTERVAL_YEAR_MONTH:
                return String.valueOf(((Period) v).toTotalMonths());
            case INTERVAL_DAY_TIME:
                return String.valueOf(((Duration) v).toMillis());
            case ARRAY:
                return array(v, ((ArrayType) type).getElementType());
            case MAP:
                MapType map = (MapType) type;
                return map((Map<?, ?>) v, map.getKeyType(), map.getValueType());
            case MULTISET:
                return map((Map<?, ?>) v, ((MultisetType) type).getElementType(), new IntType());
            case ROW:
                return nested((Row) v, (RowType) type);
            default:
                return text(v.toString());
        }
    }

    private static String nested(Row row, RowType type) {
        Object[] values = new Object[row.getArity()];
        for (int i = 0; i < values.length; i++) values[i] = row.getField(i);
        return row(values, type.getFieldNames(), type.getChildren());
    }

    private static String array(Object array, LogicalType element) {
        List<String> items = new ArrayList<>();
        for (int i = 0; i < Array.getLength(array); i++) {
            items.add(value(Array.get(array, i), element));
        }
        return "[" + String.join(",", items) + "]";
    }

    /** Sorted by key, so that equal maps are equal texts. */
    private static String map(Map<?, ?> map, LogicalType keyType, LogicalType valueType) {
        TreeMap<String, String> sorted = new TreeMap<>();
        map.forEach(
                (key, v) -> {
                    String name = value(key, keyType);
                    sorted.put(name.startsWith("\"") ? name : text(name), value(v, valueType));
                });
        List<String> entries = new ArrayList<>();
        sorted.forEach((key, v) -> entries.add(key + ":" + v));
        return "{" + String.join(",", entries) + "}";
    }

    /** ISO, with at least three fraction digits. */
    private static String dateTime(LocalDateTime v, LogicalType type) {
        return v.toLocalDate() + "T" + time(v.toLocalTime(), type);
    }

    private static String time(LocalTime v, LogicalType type) {
        int digits = Math.max(3, LogicalTypeChecks.getPrecision(type));
        String nanos = String.format("%09d", v.getNano()).substring(0, digits);
        return String.format("%02d:%02d:%02d.", v.getHour(), v.getMinute(), v.getSecond()) + nanos;
    }

    private static String text(String s) {
        try {
            return Server.JSON.writeValueAsString(s);
        } catch (java.io.IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
