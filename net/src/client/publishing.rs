//! Publishing, and requests with their responses.

use super::Client;
use crate::answer::{Answer, Published};
use crate::error::Error;
use crate::message::Message;
use crate::publication::Publication;
use crate::runtime;
use crate::token::Token;
use bytes::Bytes;
use core::future::poll_fn;
use core::task::{Context, Poll};
use core::time::Duration;
use polymqtt_core::Message as CoreMessage;
use polymqtt_core::client::UsageError;
use polymqtt_core::codec::QoS;
use std::time::Instant;

impl Client {
    /// Publishes. The token settles when the broker has acknowledged it, or at QoS 0 when the socket has taken it.
    ///
    /// Without a connection it waits in a queue; when that is full, the token gives [`Error::Usage`] with
    /// [`UsageError::QueueFull`](polymqtt_core::client::UsageError::QueueFull), unless the options say otherwise.
    pub fn publish(
        &self,
        topic: impl Into<String>,
        qos: QoS,
        retained: bool,
        payload: impl Into<Bytes>,
    ) -> Token<Published> {
        self.publish_with(Publication::new(topic, payload).with_qos(qos).with_retained(retained))
    }

    /// Publishes with everything that MQTT 5.0 can say about a message.
    pub fn publish_with(&self, publication: Publication) -> Token<Published> {
        let message = match publication.into_message() {
            Ok(message) => message,
            Err(error) => return Token::settled(Err(error)),
        };
        self.publish_message(message).unwrap_or_else(|error| Token::settled(Err(error)))
    }

    /// Publishes when there is room in the queue, and waits until there is: for a stream of messages that comes faster
    /// than the broker takes it.
    ///
    /// # Errors
    /// The publication is not valid, or the client is closed.
    pub async fn publish_when_room(&self, publication: Publication) -> Result<Token<Published>, Error> {
        let message = publication.into_message()?;
        poll_fn(|cx| self.poll_publish(&message, cx)).await
    }

    /// [`Client::publish_when_room`] for blocking code, with a limit for the time that it waits.
    ///
    /// # Errors
    /// [`Error::WaitTimedOut`], otherwise as there.
    pub fn publish_when_room_blocking(
        &self,
        publication: Publication,
        timeout: Option<Duration>,
    ) -> Result<Token<Published>, Error> {
        let message = publication.into_message()?;
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        runtime::block_on(poll_fn(|cx| self.poll_publish(&message, cx)), deadline).unwrap_or(Err(Error::WaitTimedOut))
    }

    /// Publishes without a token: nobody will know what became of it, and it costs the least.
    ///
    /// # Errors
    /// The publication is not valid, the queue is full, or the client is closed.
    pub fn publish_and_forget(&self, publication: Publication) -> Result<(), Error> {
        let message = publication.into_message()?;
        self.inner().command(|shared, now| {
            shared.check_open()?;
            shared.core.publish(message, now).map(drop).map_err(Error::Usage)
        })
    }

    /// Publishes a request with a Response Topic and Correlation Data; the token gives the response (5.0, 4.10).
    pub fn request(&self, publication: Publication) -> Token<Message> {
        let message = match publication.into_message() {
            Ok(message) => message,
            Err(error) => return Token::settled(Err(error)),
        };
        let (token, slot) = Token::new();
        let sent = self.inner().command(|shared, now| {
            shared.check_open()?;
            let core_token = shared.core.request(message, now)?;
            shared.answers.insert(core_token, Answer::Request(slot));
            Ok(())
        });
        sent.map_or_else(|error| Token::settled(Err(error)), |()| token)
    }

    /// Publishes the response to a request that came, to its Response Topic and with its Correlation Data.
    pub fn respond(&self, request: &Message, payload: impl Into<Bytes>) -> Token<Published> {
        let properties = request.properties();
        let Some(topic) = properties.response_topic() else {
            return Token::settled(Err(Error::NoResponseTopic));
        };
        let response = Publication::new(topic.as_str(), payload).with_qos(request.qos());
        self.publish_with(match properties.correlation_data() {
            Some(data) => response.with_correlation_data(data),
            None => response,
        })
    }

    fn publish_message(&self, message: CoreMessage) -> Result<Token<Published>, Error> {
        self.inner().command(|shared, now| {
            shared.check_open()?;
            let core_token = shared.core.publish(message, now)?;
            let (token, slot) = Token::new();
            shared.answers.insert(core_token, Answer::Publish(slot));
            Ok(token)
        })
    }

    fn poll_publish(&self, message: &CoreMessage, cx: &mut Context<'_>) -> Poll<Result<Token<Published>, Error>> {
        self.inner().command(|shared, now| {
            shared.check_open()?;
            match shared.core.publish(message.clone(), now) {
                Ok(core_token) => {
                    let (token, slot) = Token::new();
                    shared.answers.insert(core_token, Answer::Publish(slot));
                    Poll::Ready(Ok(token))
                }
                Err(UsageError::QueueFull) => {
                    if !shared.waiting_for_room.iter().any(|waker| waker.will_wake(cx.waker())) {
                        shared.waiting_for_room.push(cx.waker().clone());
                    }
                    Poll::Pending
                }
                Err(error) => Poll::Ready(Err(Error::Usage(error))),
            }
        })
    }
}
