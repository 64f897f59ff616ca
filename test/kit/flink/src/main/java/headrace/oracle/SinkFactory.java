package headrace.oracle;

import java.util.Set;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.connector.sink.SinkV2Provider;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.types.DataType;
import org.apache.flink.types.Row;

/** Connector 'oracle-append': takes inserts only and leaves the rows in a {@link Feed}. */
public final class SinkFactory implements DynamicTableSinkFactory {
    @Override
    public String factoryIdentifier() {
        return "oracle-append";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of(SourceFactory.FEED);
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of();
    }

    @Override
    public DynamicTableSink createDynamicTableSink(Context context) {
        String feed =
                FactoryUtil.createTableFactoryHelper(this, context)
                        .getOptions()
                        .get(SourceFactory.FEED);
        return new AppendSink(feed, context.getPhysicalRowDataType());
    }

    record AppendSink(String feed, DataType type) implements DynamicTableSink {
        @Override
        public ChangelogMode getChangelogMode(ChangelogMode requested) {
            return ChangelogMode.insertOnly();
        }

        @Override
        public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
            DataStructureConverter converter = context.createDataStructureConverter(type);
            return SinkV2Provider.of(new FeedSink(feed, converter));
        }

        @Override
        public DynamicTableSink copy() {
            return new AppendSink(feed, type);
        }

        @Override
        public String asSummaryString() {
            return "oracle-append";
        }
    }

    record FeedSink(String feed, DynamicTableSink.DataStructureConverter converter)
            implements Sink<RowData> {
        @Override
        public SinkWriter<RowData> createWriter(WriterInitContext context) {
            Feed open = Feed.of(feed);
            return new SinkWriter<>() {
                @Override
                public void write(RowData element, Context context) {
                    Row row = (Row) converter.toExternal(element);
                    Object[] values = new Object[row.getArity()];
                    for (int i = 0; i < values.length; i++) values[i] = row.getField(i);
                    open.write(values);
                }

                @Override
                public void flush(boolean endOfInput) {}

                @Override
                public void close() {}
            };
        }
    }
}
