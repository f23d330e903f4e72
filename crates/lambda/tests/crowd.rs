//! Many callers, many functions, processes that die: every answer belongs to its question.

mod support;

use std::sync::Arc;

use serde_json::json;
use stagegate_lambda::{FunctionId, Invocation};
use support::{error_type, function, host, parse};

const CALLERS: u32 = 8;
const CALLS: u32 = 60;

#[tokio::test]
async fn every_answer_belongs_to_its_question() {
    let host = host(|limits| limits.processes_max = 6);
    host.host.put(function("python", "python3.12", "crowd.handler")).await.expect("allowed");
    host.host.put(function("other", "python3.12", "crowd.handler")).await.expect("allowed");
    host.host.put(function("node", "nodejs22.x", "crowd.handler")).await.expect("allowed");
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let host = Arc::clone(&host.host);
            tokio::spawn(async move {
                for call in 0..CALLS {
                    let name = ["python", "other", "node"][((caller + call) % 3) as usize];
                    let fate = match (caller * 7 + call) % 20 {
                        0 => "exit",
                        1 | 2 => "raise",
                        _ => "answer",
                    };
                    let event = json!({"caller": caller, "call": call, "fate": fate}).to_string();
                    let invoked = host.invoke(Invocation::new(FunctionId::latest(name), event)).await.expect("reached");
                    let told = parse(&invoked);
                    match fate {
                        "exit" => assert_eq!(error_type(&invoked), "Runtime.ExitError", "{told}"),
                        "raise" => assert_eq!(told["errorMessage"], format!("{caller} {call}"), "{told}"),
                        _ => assert_eq!(
                            told,
                            json!({"caller": caller, "call": call, "function": name, "id": invoked.request_id})
                        ),
                    }
                }
            })
        })
        .collect();
    for caller in callers {
        caller.await.expect("every answer fits");
    }
    // Nothing is counted as running any more.
    for name in ["python", "other", "node"] {
        assert!(host.host.idle_processes(&FunctionId::latest(name)) <= 6);
        host.json(name, r#"{"fate":"answer"}"#).await;
    }
    host.host.stop(std::time::Duration::from_secs(10)).await;
    assert_eq!(host.host.functions(), [], "a host that stopped has no functions");
}
