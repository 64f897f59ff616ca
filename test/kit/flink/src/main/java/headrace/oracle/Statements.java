package headrace.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the oracle needs to know of a SQL text: its statements, and which of them create tables. */
final class Statements {
    private static final Pattern CREATE_TABLE =
            Pattern.compile(
                    "^\\s*CREATE\\s+(?:TEMPORARY\\s+)?TABLE\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?(`[^`]+`|[A-Za-z_][A-Za-z0-9_]*)",
                    Pattern.CASE_INSENSITIVE);
    private static final Pattern OWN_OPTIONS =
            Pattern.compile("\\bWITH\\s*\\([^()]*\\)\\s*$", Pattern.CASE_INSENSITIVE);
    private static final Pattern CREATE = Pattern.compile("^\\s*CREATE\\b", Pattern.CASE_INSENSITIVE);
    private static final Pattern TWO_INPUTS =
            Pattern.compile(
                    "\\bJOIN\\b|\\bUNION\\b|\\bEXISTS\\b|\\bIN\\s*\\(\\s*SELECT\\b|\\bINTERSECT\\b|\\bEXCEPT\\b",
                    Pattern.CASE_INSENSITIVE);

    private Statements() {}

    /** The name of the table that a statement creates for us to feed: one with options of its own stays as it is. */
    static List<String> createdTable(String statement) {
        if (OWN_OPTIONS.matcher(statement).find()) return List.of();
        Matcher matcher = CREATE_TABLE.matcher(bare(statement));
        return matcher.find() ? List.of(matcher.group(1).replace("`", "")) : List.of();
    }

    static boolean creates(String statement) {
        return CREATE.matcher(bare(statement)).find();
    }

    /** Whether rows may take two ways through the job, so that their interleaving must be fixed. */
    static boolean readsTwice(String sql) {
        return TWO_INPUTS.matcher(sql).find();
    }

    /** Splits at semicolons outside of strings, quoted names and comments. */
    static List<String> split(String sql) {
        List<String> statements = new ArrayList<>();
        int start = 0;
        for (int i = 0; i <= sql.length(); i++) {
            if (i == sql.length() || sql.charAt(i) == ';') {
                String statement = sql.substring(start, i);
                if (!bare(statement).isBlank()) statements.add(statement.strip());
                start = i + 1;
            } else i = skip(sql, i);
        }
        return statements;
    }

    /** The last character of the quotation or comment that begins at i, or i. */
    private static int skip(String sql, int i) {
        char c = sql.charAt(i);
        String end = null;
        if (c == '\'' || c == '`' || c == '"') end = String.valueOf(c);
        else if (sql.startsWith("--", i)) end = "\n";
        else if (sql.startsWith("/*", i)) end = "*/";
        if (end == null) return i;
        int at = sql.indexOf(end, i + end.length());
        return at < 0 ? sql.length() - 1 : at + end.length() - 1;
    }

    /** Without the comments in front. */
    private static String bare(String statement) {
        String text = statement.stripLeading();
        while (text.startsWith("--") || (text.startsWith("/*") && !text.startsWith("/*+"))) {
            text = text.substring(skip(text, 0) + 1).stripLeading();
        }
        return text;
    }
}
