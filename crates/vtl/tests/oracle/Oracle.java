/** Renders every case of tests/templates with Apache Velocity 1.7 and writes what came out beside it. */
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.VelocityEngine;
import org.apache.velocity.exception.ParseErrorException;

public class Oracle {
    private static final String MARK = "=== ";

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        String prelude = Files.readString(folder.resolve("prelude.vm"));
        List<Path> topics;
        try (Stream<Path> files = Files.list(folder)) {
            topics = files.filter(file -> file.toString().endsWith(".cases")).sorted().collect(Collectors.toList());
        }
        for (Path topic : topics) {
            StringBuilder expected = new StringBuilder();
            for (String part : ("\n" + Files.readString(topic)).split("\n" + MARK)) {
                if (part.isBlank()) {
                    continue;
                }
                int line = part.indexOf('\n');
                String name = part.substring(0, line);
                String template = part.substring(line + 1);
                expected.append(MARK).append(name).append('\n').append(render(prelude, template)).append('\n');
            }
            String file = topic.toString().replace(".cases", ".expected");
            Files.write(Path.of(file), expected.toString().getBytes(StandardCharsets.UTF_8));
        }
    }

    private static String render(String prelude, String template) {
        // An engine for each case: macros of one must not be seen by another.
        VelocityEngine engine = new VelocityEngine();
        engine.setProperty("runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
        engine.init();
        VelocityContext context = new VelocityContext();
        StringWriter output = new StringWriter();
        try {
            engine.evaluate(context, new StringWriter(), "prelude", prelude);
            engine.evaluate(context, output, "case", template);
            return output.toString();
        } catch (ParseErrorException refused) {
            return "!refused";
        } catch (Exception | Error failed) {
            return failed.toString().contains("Lexical") ? "!refused" : "!failed";
        }
    }
}
