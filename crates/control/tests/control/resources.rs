//! `Resource`.

use serde_json::json;

use crate::plane::{Plane, names, text};

async fn child(plane: &Plane, parent: &str, part: &str) -> String {
    let resource = plane.call("POST", parent, json!({ "pathPart": part })).await.ok();
    let collection = parent.rsplit_once('/').expect("a path").0;
    format!("{collection}/{}", text(&resource["id"]))
}

#[tokio::test]
async fn children_have_the_paths_of_their_parts() {
    let plane = Plane::new();
    let (api, root) = plane.api().await;
    let pets = child(&plane, &root, "pets").await;
    let pet = child(&plane, &pets, "{id}").await;
    child(&plane, &pet, "{rest+}").await;
    let mut paths = names(&plane.get(&format!("{api}/resources")).await.ok(), "path");
    paths.sort();
    assert_eq!(paths, ["/", "/pets", "/pets/{id}", "/pets/{id}/{rest+}"]);
    let read = plane.get(&pet).await.ok();
    assert_eq!(read["pathPart"], "{id}");
    assert!(pets.ends_with(&text(&read["parentId"])));
}

#[tokio::test]
async fn methods_are_named_and_embedded_when_asked() {
    let plane = Plane::new();
    let (api, _) = plane.mock_api().await;
    let plain = plane.get(&format!("{api}/resources")).await.ok();
    assert_eq!(plain["item"][0]["resourceMethods"], json!({ "GET": {} }));
    let embedded = plane.get(&format!("{api}/resources?embed=methods")).await.ok();
    let method = &embedded["item"][0]["resourceMethods"]["GET"];
    assert_eq!((&method["httpMethod"], &method["methodIntegration"]["type"]), (&json!("GET"), &json!("MOCK")));
}

#[tokio::test]
async fn places_that_routing_could_not_tell_apart_are_refused() {
    let plane = Plane::new();
    let (api, root) = plane.api().await;
    let proxy = child(&plane, &root, "{proxy+}").await;
    child(&plane, &root, "pets").await;
    let form = "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the \
                beginning and the end.";
    let cases = [
        (&root, "pets", "ConflictException", "Another resource with the same parent already has this name: pets"),
        (
            &root,
            "{id}",
            "BadRequestException",
            "A sibling ({proxy+}) of this resource already has a variable path part -- only one is allowed",
        ),
        (
            &proxy,
            "x",
            "BadRequestException",
            "Cannot create a child of a resource with a greedy path variable: {proxy+}",
        ),
        (&root, "a/b", "BadRequestException", form),
        (&root, "", "BadRequestException", form),
        (&format!("{api}/resources/nosuch"), "x", "NotFoundException", "Invalid Resource identifier specified"),
    ];
    for (parent, part, error_type, message) in cases {
        plane.call("POST", parent, json!({ "pathPart": part })).await.refused(error_type, message);
    }
}

#[tokio::test]
async fn a_renamed_or_moved_resource_takes_its_descendants_along() {
    let plane = Plane::new();
    let (_, root) = plane.api().await;
    let a = child(&plane, &root, "a").await;
    let b = child(&plane, &a, "b").await;
    let c = child(&plane, &b, "c").await;
    let x = child(&plane, &root, "x").await;
    assert_eq!(plane.patch(&a, &[("replace", "/pathPart", "z")]).await.ok()["path"], "/z");
    assert_eq!(plane.get(&c).await.ok()["path"], "/z/b/c");
    let new_parent = x.rsplit_once('/').expect("a path").1;
    assert_eq!(plane.patch(&b, &[("replace", "/parentId", new_parent)]).await.ok()["path"], "/x/b");
    assert_eq!(plane.get(&c).await.ok()["path"], "/x/b/c");
    let below = c.rsplit_once('/').expect("a path").1;
    let loops = plane.patch(&b, &[("replace", "/parentId", below)]).await;
    loops.refused("BadRequestException", "Cannot move a resource below itself or one of its descendants.");
    assert_eq!(plane.get(&b).await.ok()["path"], "/x/b", "a refused patch changes nothing");
}

#[tokio::test]
async fn a_deleted_resource_takes_its_descendants_and_methods_along() {
    let plane = Plane::new();
    let (api, root) = plane.api().await;
    let a = child(&plane, &root, "a").await;
    let b = child(&plane, &a, "b").await;
    plane.call("PUT", &format!("{b}/methods/GET"), json!({ "authorizationType": "NONE" })).await.ok();
    assert_eq!(plane.delete(&a).await.status, 202);
    assert_eq!(names(&plane.get(&format!("{api}/resources")).await.ok(), "path"), ["/"]);
    plane.get(&format!("{b}/methods/GET")).await.refused("NotFoundException", "Invalid Resource identifier specified");
}

#[tokio::test]
async fn the_root_stays_where_it_is() {
    let plane = Plane::new();
    let (_, root) = plane.api().await;
    let renamed = plane.patch(&root, &[("replace", "/pathPart", "x")]).await;
    renamed.refused("BadRequestException", "Root resource cannot update its pathPart.");
    assert_eq!(plane.delete(&root).await.status, 400);
}
