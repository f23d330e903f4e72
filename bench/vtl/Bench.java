/** Renders the templates with Apache Velocity 1.7: reads commands from standard input, answers a line each. */
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.velocity.Template;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.VelocityEngine;

public class Bench {
    /** AWS's $util as far as the templates use it; the other side has the same function. */
    public static class Util {
        public String escapeJavaScript(String text) {
            StringBuilder escaped = new StringBuilder(text.length() + 8);
            for (int index = 0; index < text.length(); index++) {
                char unit = text.charAt(index);
                if (unit == '"' || unit == '\'' || unit == '\\' || unit == '/') {
                    escaped.append('\\');
                }
                escaped.append(unit);
            }
            return escaped.toString();
        }
    }

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        VelocityEngine engine = new VelocityEngine();
        engine.setProperty("runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
        engine.setProperty("file.resource.loader.path", folder.resolve("templates").toString());
        engine.setProperty("file.resource.loader.cache", "true");
        engine.setProperty("input.encoding", "UTF-8");
        engine.init();
        VelocityContext shared = variables(engine, folder);
        Map<String, Template> templates = new HashMap<>();
        StringWriter output = new StringWriter();
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] words = line.split(" ");
            if (!templates.containsKey(words[1])) {
                templates.put(words[1], engine.getTemplate(words[1] + ".vm"));
            }
            Template template = templates.get(words[1]);
            if (words[0].equals("show")) {
                merge(template, shared, output);
                byte[] bytes = output.toString().getBytes(StandardCharsets.UTF_8);
                StringBuilder shown = new StringBuilder();
                for (byte each : bytes) {
                    shown.append(String.format("%02x", each));
                }
                System.out.println(shown);
            } else {
                System.out.println(measure(template, shared, output, Long.parseLong(words[2])));
            }
            System.out.flush();
        }
    }

    private static String measure(Template template, VelocityContext shared, StringWriter output, long ms) {
        long count = 0;
        long begin = System.nanoTime();
        long end = begin + ms * 1_000_000;
        long now = begin;
        while (now < end) {
            for (int round = 0; round < 16; round++) {
                merge(template, shared, output);
            }
            count += 16;
            now = System.nanoTime();
        }
        return count + " " + (now - begin);
    }

    /** One request: a context of its own over what all share, the parsed template, a writer that is used again. */
    private static void merge(Template template, VelocityContext shared, StringWriter output) {
        output.getBuffer().setLength(0);
        template.merge(new VelocityContext(shared), output);
    }

    private static VelocityContext variables(VelocityEngine engine, Path folder) throws Exception {
        VelocityContext context = new VelocityContext();
        engine.evaluate(context, new StringWriter(), "context", Files.readString(folder.resolve("context.vm")));
        VelocityContext shared = new VelocityContext();
        for (String name : new String[] {"input", "order", "items", "context", "stageVariables", "csv", "line"}) {
            shared.put(name, context.get(name));
        }
        shared.put("util", new Util());
        return shared;
    }
}
