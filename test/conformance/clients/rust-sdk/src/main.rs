//! The Rust SDK as its users have it: configured by environment and profile alone. Takes one call a line.

use std::fmt::Debug;
use std::io::stdin;

use aws_config::BehaviorVersion;
use aws_sdk_apigateway::Client;
use aws_sdk_apigateway::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_apigateway::operation::RequestId;
use aws_sdk_apigateway::types::{ConnectionType, IntegrationType, Op, PatchOperation};
use serde_json::{Value, json};

/// The members of an answer that is an integration; three operations have a type of their own for it.
macro_rules! integration {
    ($output:expr) => {
        json!({
            "type": $output.r#type().map(IntegrationType::as_str),
            "httpMethod": $output.http_method(),
            "uri": $output.uri(),
            "connectionType": $output.connection_type().map(ConnectionType::as_str),
            "connectionId": $output.connection_id(),
            "passthroughBehavior": $output.passthrough_behavior(),
            "timeoutInMillis": $output.timeout_in_millis(),
            "cacheNamespace": $output.cache_namespace(),
            "cacheKeyParameters": $output.cache_key_parameters(),
        })
    };
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let http = aws_smithy_http_client::Builder::new().build_http();
    let config = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .load()
        .await;
    let client = Client::new(&config);
    for line in stdin().lines() {
        let asked: Value = serde_json::from_str(&line.unwrap()).unwrap();
        println!(
            "{}",
            perform(
                &client,
                asked["operation"].as_str().unwrap(),
                &asked["input"]
            )
            .await
        );
    }
}

async fn perform(client: &Client, operation: &str, input: &Value) -> Value {
    let text = |name: &str| input[name].as_str().map(String::from);
    // A call about one method.
    macro_rules! of_method {
        ($call:expr) => {
            $call
                .set_rest_api_id(text("restApiId"))
                .set_resource_id(text("resourceId"))
                .set_http_method(text("httpMethod"))
        };
    }
    match operation {
        "PutIntegration" => {
            let call = of_method!(client.put_integration())
                .set_type(text("type").map(|name| IntegrationType::from(name.as_str())))
                .set_integration_http_method(text("integrationHttpMethod"))
                .set_uri(text("uri"))
                .set_connection_type(
                    text("connectionType").map(|name| ConnectionType::from(name.as_str())),
                )
                .set_connection_id(text("connectionId"))
                .set_timeout_in_millis(
                    input["timeoutInMillis"]
                        .as_i64()
                        .map(|millis| millis as i32),
                );
            outcome(call.send().await, |output| integration!(output))
        }
        "GetIntegration" => outcome(
            of_method!(client.get_integration()).send().await,
            |output| integration!(output),
        ),
        "UpdateIntegration" => {
            let patches = input["patchOperations"]
                .as_array()
                .unwrap()
                .iter()
                .map(patch)
                .collect();
            let call = of_method!(client.update_integration()).set_patch_operations(Some(patches));
            outcome(call.send().await, |output| integration!(output))
        }
        "DeleteIntegration" => {
            outcome(of_method!(client.delete_integration()).send().await, |_| {
                json!({})
            })
        }
        "GetRestApis" => outcome(client.get_rest_apis().send().await, |output| {
            let shown = |api: &aws_sdk_apigateway::types::RestApi| json!({ "id": api.id(), "name": api.name() });
            json!({ "items": output.items().iter().map(shown).collect::<Vec<_>>() })
        }),
        "GetAccount" => outcome(client.get_account().send().await, |_| json!({})),
        _ => panic!("{operation} is not among the calls"),
    }
}

fn patch(operation: &Value) -> PatchOperation {
    PatchOperation::builder()
        .set_op(operation["op"].as_str().map(Op::from))
        .set_path(operation["path"].as_str().map(String::from))
        .set_value(operation["value"].as_str().map(String::from))
        .build()
}

fn outcome<O: RequestId, E>(answer: Result<O, SdkError<E>>, members: fn(&O) -> Value) -> Value
where
    E: ProvideErrorMetadata + RequestId + Debug,
{
    match answer {
        Ok(output) => {
            json!({ "ok": true, "output": members(&output), "requestId": output.request_id() })
        }
        Err(SdkError::ServiceError(refused)) => {
            let error = refused.err();
            // What a `match` of its user goes by: the variant.
            let caught = format!("{error:?}").split('(').next().map(String::from);
            let named =
                json!({ "name": error.code(), "message": error.message(), "caught": caught });
            json!({ "ok": false, "error": named, "requestId": error.request_id() })
        }
        Err(error) => panic!("{error:?}"),
    }
}
