// The Java SDK as its users have it: configured by environment and profile alone. Takes one call a line.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import software.amazon.awssdk.awscore.AwsResponse;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.core.traits.ListTrait;
import software.amazon.awssdk.core.util.SdkAutoConstructList;
import software.amazon.awssdk.core.util.SdkAutoConstructMap;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.awssdk.protocols.jsoncore.JsonWriter;
import software.amazon.awssdk.services.apigateway.ApiGatewayClient;
import software.amazon.awssdk.utils.builder.Buildable;

final class Client {
    public static void main(String[] args) throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (ApiGatewayClient client = ApiGatewayClient.create()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                Map<String, JsonNode> asked = JsonNode.parser().parse(line).asObject();
                var outcome = perform(client, asked.get("operation").asString(), asked.get("input"));
                JsonWriter writer = JsonWriter.create();
                write(writer, outcome);
                System.out.println(new String(writer.getBytes(), StandardCharsets.UTF_8));
            }
        }
    }

    /** Every operation is a method that takes its own request, and answers or throws. */
    private static Map<String, Object> perform(ApiGatewayClient client, String operation, JsonNode input)
            throws ReflectiveOperationException {
        Class<?> type = Class.forName("software.amazon.awssdk.services.apigateway.model." + operation + "Request");
        SdkPojo builder = (SdkPojo) type.getMethod("builder").invoke(null);
        String name = operation.substring(0, 1).toLowerCase() + operation.substring(1);
        try {
            var answer = (AwsResponse) ApiGatewayClient.class.getMethod(name, type).invoke(client, filled(builder, input));
            return Map.of("ok", true, "output", members(answer), "requestId", answer.responseMetadata().requestId());
        } catch (InvocationTargetException thrown) {
            if (thrown.getCause() instanceof AwsServiceException error) return refused(error);
            throw thrown;
        }
    }

    private static Map<String, Object> refused(AwsServiceException error) {
        var details = error.awsErrorDetails();
        String caught = error.getClass().getSimpleName();
        var named = Map.of("name", details.errorCode(), "message", details.errorMessage(), "caught", caught);
        return Map.of("ok", false, "error", named, "requestId", error.requestId());
    }

    private static Object filled(SdkPojo builder, JsonNode input) {
        for (SdkField<?> field : builder.sdkFields()) {
            var member = input.field(field.memberName());
            if (member.isPresent()) field.set(builder, value(field, member.get()));
        }
        return ((Buildable) builder).build();
    }

    private static Object value(SdkField<?> field, JsonNode node) {
        switch (field.marshallingType().getTargetClass().getSimpleName()) {
            case "Integer":
                return Integer.valueOf(node.asNumber());
            case "Boolean":
                return node.asBoolean();
            case "List":
                SdkField<?> item = field.getTrait(ListTrait.class).memberFieldInfo();
                return node.asArray().stream().map(each -> value(item, each)).collect(Collectors.toList());
            case "SdkPojo":
                return filled(field.constructor().get(), node);
            default:
                return node.asString();
        }
    }

    /** The members that are set, as the SDK names them. */
    private static Map<String, Object> members(SdkPojo output) {
        Map<String, Object> members = new LinkedHashMap<>();
        for (SdkField<?> field : output.sdkFields()) {
            Object value = field.getValueOrDefault(output);
            boolean isAbsent = value == null || value instanceof SdkAutoConstructList || value instanceof SdkAutoConstructMap;
            if (!isAbsent) members.put(field.memberName(), value);
        }
        return members;
    }

    private static void write(JsonWriter writer, Object value) {
        if (value instanceof SdkPojo pojo) {
            write(writer, members(pojo));
        } else if (value instanceof Map<?, ?> map) {
            writer.writeStartObject();
            map.forEach((name, member) -> {
                writer.writeFieldName((String) name);
                write(writer, member);
            });
            writer.writeEndObject();
        } else if (value instanceof List<?> list) {
            writer.writeStartArray();
            list.forEach(item -> write(writer, item));
            writer.writeEndArray();
        } else if (value instanceof Boolean flag) {
            writer.writeValue(flag);
        } else if (value instanceof Integer number) {
            writer.writeValue(number);
        } else {
            writer.writeValue(value.toString());
        }
    }
}
