package headrace.oracle;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Settled mode: releases an event when the one before has gone through the whole job, that is when all task threads
 * have been idle for a few looks in a row. Several sources, or one that is read twice, then have one interleaving. A
 * thread that has been woken but got no processor yet looks idle, so looks count only while processors are to be had:
 * while our own naps are short.
 */
final class Settling {
    private static final int CALM_LOOKS = 5;
    private static final long LONG_NAP_NS = 3_000_000;

    private final Feed feed;
    private final int sources;
    private final long giveUpAtNs;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final Thread thread = new Thread(this::drive, "settling");

    Settling(Feed feed, int sources, long limitMs) {
        this.feed = feed;
        this.sources = sources;
        this.giveUpAtNs = System.nanoTime() + limitMs * 1_000_000;
    }

    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    void end() throws InterruptedException {
        stopped.set(true);
        thread.join();
    }

    private boolean isOver() {
        return stopped.get() || System.nanoTime() > giveUpAtNs;
    }

    private void drive() {
        try {
            while (feed.openCursors() < sources && !isOver()) Thread.sleep(1);
            awaitCalm();
            for (int count = 1; count <= feed.size() && !isOver(); count++) {
                feed.release(count);
                while (!feed.isTaken() && !isOver()) Thread.onSpinWait();
                awaitCalm();
            }
            feed.end();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitCalm() throws InterruptedException {
        int calm = 0;
        while (calm < CALM_LOOKS && !isOver()) {
            long start = System.nanoTime();
            Thread.sleep(0, 500_000);
            boolean isLate = System.nanoTime() - start > LONG_NAP_NS;
            calm = isLate || hasBusyTask() ? 0 : calm + 1;
        }
    }

    private static boolean hasBusyTask() {
        ThreadGroup group = Thread.currentThread().getThreadGroup();
        while (group.getParent() != null) group = group.getParent();
        Thread[] threads = new Thread[group.activeCount() + 64];
        int count = group.enumerate(threads, true);
        for (int i = 0; i < count; i++) {
            if (isTask(threads[i]) && !isWaiting(threads[i])) return true;
        }
        return false;
    }

    private static boolean isTask(Thread thread) {
        ThreadGroup group = thread.getThreadGroup();
        return group != null
                && group.getName().equals("Flink Task Threads")
                && thread.getName().contains("(1/1)#");
    }

    private static boolean isWaiting(Thread thread) {
        Thread.State state = thread.getState();
        return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
    }
}
