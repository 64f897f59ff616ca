package headrace.oracle;

/** What Flink says of a failure, for people: only the outcome is compared. */
final class Errors {
    private static final int LONGEST = 600;
    private static final int DEEPEST = 30;

    private Errors() {}

    /** Whether generated code was at fault, which no data can change. */
    static boolean isCompilation(Throwable error) {
        Throwable cause = error;
        for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
            if (cause.getClass().getSimpleName().equals("InvalidProgramException")) return true;
            cause = cause.getCause();
        }
        return false;
    }

    /** The innermost messages of a chain of causes, without ids. */
    static String tell(Throwable error) {
        String before = "";
        String last = "";
        Throwable cause = error;
        for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
            before = last;
            String message = cause.getMessage() == null ? "" : cause.getMessage().strip();
            last = cause.getClass().getSimpleName() + ": " + message;
            cause = cause.getCause();
        }
        String text = before.isEmpty() || last.length() >= 200 ? last : before + " | " + last;
        text = text.replaceAll("[0-9a-f]{8}-[0-9a-f-]{27}", "ID").replaceAll("\\r?\\n", "\n");
        int expected = text.indexOf("\nWas expecting");
        if (expected > 0) text = text.substring(0, expected);
        return text.length() > LONGEST ? text.substring(0, LONGEST) + "..." : text;
    }
}
