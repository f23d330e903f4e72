//! HTTP verbs of methods and integrations.

use crate::closed::closed;

closed! {
    /// A verb that a method or an integration can have. `ANY` stands for the seven others (fact 32).
    HttpMethod {
        Get = "GET",
        Head = "HEAD",
        Post = "POST",
        Put = "PUT",
        Patch = "PATCH",
        Delete = "DELETE",
        Options = "OPTIONS",
        Any = "ANY",
    }
}
