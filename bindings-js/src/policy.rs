//! Questions of the broker about permission, put to a function of JavaScript.

use alloc::vec::Vec;
use core::cell::RefCell;

use js_sys::Function;
use polymqtt_core::ReasonCode;
use polymqtt_core::broker::{
    ClientInfo, ConnectAttempt, ConnectDecision, ConnectGrant, ConnectRefusal, Permission, Policy, SubscribeDecision,
};
use polymqtt_core::codec::{QoS, SubscriptionOptions, Will};
use polymqtt_core::topic::{TopicFilter, TopicName};
use wasm_bindgen::JsValue;

use crate::object::Fields;

/// Asks the `authorize` function of the options: `({ action, clientIdentifier, userName, topic, qos, retain })`, answered with
/// true, false or a Reason Code.
///
/// A policy may be sent to another thread and a function of JavaScript may not; so the function stays in a table of this
/// thread (a page has no other), and the policy holds its number.
#[derive(Debug, Default)]
pub(crate) struct JsPolicy {
    /// Leave the decision about each CONNECT to the driver.
    pub(crate) ask_for_connect: bool,
    authorize: Option<usize>,
}

std::thread_local! {
    static FUNCTIONS: RefCell<Vec<Option<Function>>> = const { RefCell::new(Vec::new()) };
}

impl JsPolicy {
    /// Sets the function to ask; none: everything is allowed.
    pub(crate) fn set_authorize(&mut self, function: Option<&Function>) {
        self.authorize = function.map(|function| {
            FUNCTIONS.with_borrow_mut(|functions| {
                functions.push(Some(function.clone()));
                functions.len() - 1
            })
        });
    }

    /// `None`: allowed.
    fn ask(
        &self,
        action: &str,
        client: &ClientInfo<'_>,
        describe: impl FnOnce(Fields) -> Fields,
    ) -> Option<ReasonCode> {
        let function = FUNCTIONS.with_borrow(|functions| functions.get(self.authorize?)?.clone())?;
        let question = Fields::new()
            .with("action", action)
            .with("clientIdentifier", client.client_identifier)
            .with_some("userName", client.user_name);
        let answer = function.call1(&JsValue::UNDEFINED, &describe(question).into());
        match answer {
            Ok(answer) if answer.as_bool() == Some(true) => None,
            Ok(answer) => Some(refusal(&answer)),
            // Who cannot decide does not allow.
            Err(_) => Some(ReasonCode::UnspecifiedError),
        }
    }
}

impl Drop for JsPolicy {
    fn drop(&mut self) {
        let Some(index) = self.authorize else { return };
        FUNCTIONS.with_borrow_mut(|functions| {
            if let Some(function) = functions.get_mut(index) {
                *function = None;
            }
        });
    }
}

impl Policy for JsPolicy {
    fn connect(&mut self, attempt: &ConnectAttempt<'_>) -> ConnectDecision {
        if self.ask_for_connect {
            return ConnectDecision::Ask;
        }
        match attempt.connect.properties.authentication_method() {
            None => ConnectDecision::Allow(ConnectGrant::default()),
            Some(_) => ConnectDecision::Deny(ConnectRefusal::from(ReasonCode::BadAuthenticationMethod)),
        }
    }

    fn will(&mut self, client: &ClientInfo<'_>, will: &Will<'_>) -> Permission {
        permission(self.ask("will", client, |question| {
            question.with("topic", will.topic.as_str()).with("qos", will.qos.as_u8()).with("retain", will.retain)
        }))
    }

    fn publish(&mut self, client: &ClientInfo<'_>, topic: TopicName<'_>, qos: QoS, retain: bool) -> Permission {
        permission(self.ask("publish", client, |question| {
            question.with("topic", topic.as_str()).with("qos", qos.as_u8()).with("retain", retain)
        }))
    }

    fn subscribe(
        &mut self,
        client: &ClientInfo<'_>,
        filter: TopicFilter<'_>,
        options: SubscriptionOptions,
    ) -> SubscribeDecision {
        let denial = self.ask("subscribe", client, |question| {
            question.with("topicFilter", filter.as_str()).with("qos", options.qos.as_u8())
        });
        denial.map_or(SubscribeDecision::Grant(options.qos), SubscribeDecision::Deny)
    }

    fn checks_deliveries(&self) -> bool {
        self.authorize.is_some()
    }

    fn deliver(&mut self, client: &ClientInfo<'_>, topic: TopicName<'_>) -> Permission {
        permission(self.ask("deliver", client, |question| question.with("topic", topic.as_str())))
    }
}

fn permission(denial: Option<ReasonCode>) -> Permission {
    denial.map_or(Permission::Allow, Permission::Deny)
}

/// `false` says no more than no; a number is the Reason Code.
fn refusal(answer: &JsValue) -> ReasonCode {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
    let code = answer.as_f64().and_then(|number| ReasonCode::from_u8(number as u8));
    code.filter(|code| code.is_error()).unwrap_or(ReasonCode::NotAuthorized)
}
