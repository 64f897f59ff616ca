package headrace.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a case's job reads and writes, shared by static state: sources and sink run in the same JVM. Events go in
 * arrival order through a gate, which is open at once in free mode (a job that is one chain of single-input operators
 * keeps the order by itself), and event by event in settled mode.
 */
final class Feed {
    private static final Map<String, Feed> OPEN = new ConcurrentHashMap<>();

    final String id = UUID.randomUUID().toString();
    private final List<String> tables = new ArrayList<>();
    private final List<byte[]> payloads = new ArrayList<>();
    private final List<Cursor> cursors = new ArrayList<>();
    private final List<Object[]> rows = new ArrayList<>();
    private int released;
    private boolean ended;

    /** The events of one table, as one reader goes through them. */
    static final class Cursor {
        private final List<Integer> events = new ArrayList<>();
        private int next;
        private CompletableFuture<Void> woken = new CompletableFuture<>();
    }

    Feed() {
        OPEN.put(id, this);
    }

    static Feed of(String id) {
        return OPEN.get(id);
    }

    /** Lets a reader that is still there come to its end. */
    void close() {
        OPEN.remove(id);
        releaseAll();
    }

    void add(String table, byte[] payload) {
        tables.add(table);
        payloads.add(payload);
    }

    int size() {
        return payloads.size();
    }

    byte[] payload(int event) {
        return payloads.get(event);
    }

    synchronized void write(Object[] row) {
        rows.add(row);
    }

    synchronized List<Object[]> rows() {
        return new ArrayList<>(rows);
    }

    /** Opens the gate for the first `count` events. */
    synchronized void release(int count) {
        released = count;
        wake();
    }

    synchronized void end() {
        ended = true;
        wake();
    }

    synchronized void releaseAll() {
        released = payloads.size();
        end();
    }

    private void wake() {
        for (Cursor cursor : cursors) {
            CompletableFuture<Void> woken = cursor.woken;
            cursor.woken = new CompletableFuture<>();
            woken.complete(null);
        }
    }

    synchronized Cursor open(String table) {
        Cursor cursor = new Cursor();
        for (int i = 0; i < tables.size(); i++) {
            if (tables.get(i).equals(table)) cursor.events.add(i);
        }
        cursors.add(cursor);
        return cursor;
    }

    synchronized int openCursors() {
        return cursors.size();
    }

    /** Whether every reader has taken all of its events that are released. */
    synchronized boolean isTaken() {
        return cursors.stream().noneMatch(this::mayTake);
    }

    /** The number of the reader's next event, or -1 when there is none now. */
    synchronized int take(Cursor cursor) {
        return mayTake(cursor) ? cursor.events.get(cursor.next++) : -1;
    }

    synchronized boolean isAtEnd(Cursor cursor) {
        return ended && cursor.next == cursor.events.size();
    }

    synchronized CompletableFuture<Void> available(Cursor cursor) {
        return mayTake(cursor) || isAtEnd(cursor)
                ? CompletableFuture.completedFuture(null)
                : cursor.woken;
    }

    private boolean mayTake(Cursor cursor) {
        return cursor.next < cursor.events.size() && cursor.events.get(cursor.next) < released;
    }
}
