import com.google.gson.Gson;
import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringWriter;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.lang.StringEscapeUtils;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.VelocityEngine;

/**
 * Renders templates with Apache Velocity, and says what they read and wrote. One JSON object a line comes in:
 * {template, side, body, path, querystring, header, context, stageVariables}; one goes out: {output, reads, overrides,
 * writes} or {error}. What API Gateway may answer with an empty string is null here, the worst case.
 */
public class Render {
  static final Gson GSON = new Gson();

  /** What one rendering did. */
  static class Log {
    final Set<String> reads = new LinkedHashSet<>();
    final List<Map<String, String>> overrides = new ArrayList<>();
    final List<String> writes = new ArrayList<>();
  }

  /** A map that notes each read and each write under its own name. */
  public static class Watched extends AbstractMap<String, Object> {
    final Map<String, Object> held = new LinkedHashMap<>();
    final String name;
    final Log log;

    Watched(String name, Log log, Map<String, Object> from) {
      this.name = name;
      this.log = log;
      for (Map.Entry<String, Object> entry : from.entrySet()) {
        Object value = entry.getValue();
        held.put(entry.getKey(), value instanceof Map ? new Watched(name + "." + entry.getKey(), log, cast(value)) : value);
      }
    }

    @Override
    public Object get(Object key) {
      Object value = held.get(key);
      if (!(value instanceof Map)) log.reads.add(name + "." + key);
      return value;
    }

    @Override
    public boolean containsKey(Object key) {
      log.reads.add(name + "." + key);
      return held.containsKey(key);
    }

    @Override
    public Object put(String key, Object value) {
      log.writes.add(name + "." + key);
      return held.put(key, value);
    }

    @Override
    public Object remove(Object key) {
      log.writes.add(name + "." + key);
      return held.remove(key);
    }

    @Override
    public void clear() {
      log.writes.add(name + ".*");
      held.clear();
    }

    @Override
    public Set<Map.Entry<String, Object>> entrySet() {
      log.reads.add(name + ".*");
      return new LinkedHashSet<>(held.entrySet());
    }
  }

  /** `requestOverride` or `responseOverride`: a write is an override. */
  public static class Override_ extends AbstractMap<String, Object> {
    final String side;
    final String prefix;
    final Log log;
    final Map<String, Object> held = new LinkedHashMap<>();

    Override_(String side, String prefix, Log log) {
      this.side = side;
      this.prefix = prefix;
      this.log = log;
      if (prefix.isEmpty()) {
        for (String place : List.of("header", "path", "querystring")) held.put(place, new Override_(side, place + ".", log));
      }
    }

    @Override
    public Object get(Object key) {
      return held.get(key);
    }

    @Override
    public Object put(String key, Object value) {
      log.overrides.add(Map.of("side", side, "name", prefix + key, "value", String.valueOf(value)));
      return held.put(key, value);
    }

    @Override
    public Set<Map.Entry<String, Object>> entrySet() {
      log.writes.add("an override was handed on");
      return held.entrySet();
    }
  }

  public static class Input {
    final JsonObject given;
    final String place;
    final Log log;
    final Map<String, Object> maps = new LinkedHashMap<>();

    Input(JsonObject given, Log log) {
      this.given = given;
      this.log = log;
      this.place = given.get("side").getAsString().equals("request") ? "method.request.body" : "integration.response.body";
      for (String part : List.of("path", "querystring", "header")) {
        maps.put(part, new Watched("method.request." + part, log, cast(GSON.fromJson(given.get(part), Map.class))));
      }
    }

    public Object getBody() {
      log.reads.add(place);
      return given.get("body").getAsString();
    }

    public Object json(String path) {
      Object value = path(path);
      return value == null ? null : GSON.toJson(value);
    }

    public Object path(String path) {
      log.reads.add(place);
      Object value;
      try {
        value = GSON.fromJson(given.get("body").getAsString(), Object.class);
      } catch (RuntimeException invalid) {
        return null;
      }
      if (path == null) return null;
      for (String name : path.replaceFirst("^\\$\\.?", "").split("\\.")) {
        if (name.isEmpty()) continue;
        if (!(value instanceof Map)) return null;
        value = ((Map<?, ?>) value).get(name);
      }
      return value;
    }

    public Object params() {
      return maps;
    }

    public Object params(String name) {
      for (String part : List.of("path", "querystring", "header")) {
        Object value = ((Map<?, ?>) maps.get(part)).get(name);
        if (value != null) return value;
      }
      return null;
    }
  }

  public static class Util {
    public Object escapeJavaScript(Object text) {
      return text == null ? null : StringEscapeUtils.escapeJavaScript(String.valueOf(text));
    }

    public Object urlEncode(Object text) {
      return text == null ? null : URLEncoder.encode(String.valueOf(text), StandardCharsets.UTF_8);
    }

    public Object urlDecode(Object text) {
      try {
        return text == null ? null : URLDecoder.decode(String.valueOf(text), StandardCharsets.UTF_8);
      } catch (IllegalArgumentException malformed) {
        return null;
      }
    }

    public Object base64Encode(Object text) {
      return text == null ? null : Base64.getEncoder().encodeToString(String.valueOf(text).getBytes(StandardCharsets.UTF_8));
    }

    public Object base64Decode(Object text) {
      try {
        return text == null ? null : new String(Base64.getDecoder().decode(String.valueOf(text)), StandardCharsets.UTF_8);
      } catch (IllegalArgumentException malformed) {
        return null;
      }
    }

    public Object parseJson(Object text) {
      try {
        return text == null ? null : GSON.fromJson(String.valueOf(text), Object.class);
      } catch (RuntimeException malformed) {
        return null;
      }
    }
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> cast(Object map) {
    return (Map<String, Object>) map;
  }

  public static void main(String[] args) throws Exception {
    VelocityEngine engine = new VelocityEngine();
    engine.setProperty("runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
    engine.init();
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(GSON.toJson(render(engine, GSON.fromJson(line, JsonObject.class))));
    }
  }

  static Map<String, Object> render(VelocityEngine engine, JsonObject given) {
    Log log = new Log();
    Watched context = new Watched("context", log, cast(GSON.fromJson(given.get("context"), Map.class)));
    context.held.put("requestOverride", new Override_("request", "", log));
    context.held.put("responseOverride", new Override_("response", "", log));
    VelocityContext variables = new VelocityContext();
    variables.put("input", new Input(given, log));
    variables.put("util", new Util());
    variables.put("context", context);
    variables.put("stageVariables", new Watched("stageVariables", log, cast(GSON.fromJson(given.get("stageVariables"), Map.class))));
    Map<String, Object> answer = new LinkedHashMap<>();
    StringWriter writer = new StringWriter();
    try {
      engine.evaluate(variables, writer, "template", given.get("template").getAsString());
      answer.put("output", writer.toString());
    } catch (Throwable error) {
      answer.put("error", String.valueOf(error.getMessage()).split("\n")[0]);
    }
    for (String own : List.of("input", "util", "context", "stageVariables")) {
      if (variables.get(own) == null) log.writes.add(own + " is gone");
    }
    answer.put("reads", log.reads);
    answer.put("overrides", log.overrides);
    answer.put("writes", log.writes);
    return answer;
  }
}
