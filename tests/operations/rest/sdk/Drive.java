// Calls methods of a generated client; CLIENT stands for its class. An argument is where to go instead.
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;

public final class Drive {
    public static void main(String[] args) throws Exception {
        CLIENT.Builder builder = CLIENT.builder()
                .credentials("AKIAEXAMPLE", "wJalrXUtnFEMI/K7MDENG", "a/token==").apiKey("key");
        CLIENT client = (args.length > 0 ? builder.endpoint(args[0]) : builder).build();
        Map<String, Object> pet = new HashMap<>();
        pet.put("petId", "a/b c+\u00fc");
        pet.put("kind", Arrays.asList("c", "a b*"));
        pet.put("X-Trace", "t");
        print(client.petsPetIdGet(pet));
        print(client.petsPost(null, "{\"a\":1}", null));
        print(client.anyPut(null, "text", Collections.singletonMap("Content-Type", "text/plain")));
        refused(client, Collections.singletonMap("petId", "x"));
        pet.put("petId", "..");
        refused(client, pet);
    }

    private static void print(CLIENT.Response answer) {
        System.out.println(answer.status() + " " + answer.body());
    }

    private static void refused(CLIENT client, Map<String, ?> params) throws Exception {
        try {
            print(client.petsPetIdGet(params));
        } catch (IllegalArgumentException error) {
            System.out.println(error.getMessage());
        }
    }
}
