package headrace.oracle;

import java.util.Set;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.connector.format.DecodingFormat;
import org.apache.flink.table.connector.source.DataStreamScanProvider;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.connector.source.abilities.SupportsWatermarkPushDown;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DeserializationFormatFactory;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.types.DataType;

/** Connector 'oracle': an append-only source over a {@link Feed}, in order. */
public final class SourceFactory implements DynamicTableSourceFactory {
    static final ConfigOption<String> FEED = ConfigOptions.key("feed").stringType().noDefaultValue();
    private static final ConfigOption<Boolean> PUSH_DOWN =
            ConfigOptions.key("push-down").booleanType().defaultValue(false);

    @Override
    public String factoryIdentifier() {
        return "oracle";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of(FEED);
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of(FactoryUtil.FORMAT, PUSH_DOWN);
    }

    @Override
    public DynamicTableSource createDynamicTableSource(Context context) {
        FactoryUtil.TableFactoryHelper helper =
                FactoryUtil.createTableFactoryHelper(this, context);
        DecodingFormat<DeserializationSchema<RowData>> format =
                helper.discoverDecodingFormat(
                        DeserializationFormatFactory.class, FactoryUtil.FORMAT);
        helper.validate();
        FeedTable table =
                new FeedTable(
                        helper.getOptions().get(FEED),
                        context.getObjectIdentifier().getObjectName(),
                        format,
                        context.getPhysicalRowDataType());
        return helper.getOptions().get(PUSH_DOWN) ? new PushDown(table) : new Plain(table);
    }

    record FeedTable(
            String feed,
            String name,
            DecodingFormat<DeserializationSchema<RowData>> format,
            DataType type) {}

    /** Watermarks come from Flink's WatermarkAssigner operator behind the source. */
    static class Plain implements ScanTableSource {
        final FeedTable table;
        WatermarkStrategy<RowData> strategy = WatermarkStrategy.noWatermarks();

        Plain(FeedTable table) {
            this.table = table;
        }

        @Override
        public ChangelogMode getChangelogMode() {
            return ChangelogMode.insertOnly();
        }

        @Override
        public ScanRuntimeProvider getScanRuntimeProvider(ScanContext context) {
            DeserializationSchema<RowData> schema =
                    table.format.createRuntimeDecoder(context, table.type);
            FeedSource source = new FeedSource(table.feed, table.name, schema);
            return new DataStreamScanProvider() {
                @Override
                public DataStream<RowData> produceDataStream(
                        ProviderContext provider, StreamExecutionEnvironment env) {
                    return env.fromSource(source, strategy, table.name).setParallelism(1);
                }

                @Override
                public boolean isBounded() {
                    return false;
                }
            };
        }

        @Override
        public DynamicTableSource copy() {
            return new Plain(table);
        }

        @Override
        public String asSummaryString() {
            return "oracle";
        }
    }

    /** Watermarks are made inside the source, per event, as Kafka's source does. */
    static final class PushDown extends Plain implements SupportsWatermarkPushDown {
        PushDown(FeedTable table) {
            super(table);
        }

        @Override
        public void applyWatermark(WatermarkStrategy<RowData> applied) {
            strategy = applied;
        }

        @Override
        public DynamicTableSource copy() {
            PushDown copy = new PushDown(table);
            copy.strategy = strategy;
            return copy;
        }
    }
}
