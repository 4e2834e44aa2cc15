//! The call that takes over whoever has the e-mail or the external id.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::account::Zendesk;
use super::body;
use super::records::User;
use super::refusal::{Refusal, Reply};
use super::routes::Call;
use super::user_input::named_email;

pub(super) fn one(twin: &mut Zendesk, call: &Call) -> Reply {
    let fields = body::object(call.request, "user")?;
    let (user, is_new) = twin.create_or_update(call.now, &fields)?;
    Ok(twin.user_answer(if is_new { 201 } else { 200 }, &user))
}

impl Zendesk {
    /// Whoever has the external id, in whatever case, or else the e-mail, gets every field that is named, the role
    /// included, without being asked; the external id takes the case of the request.
    pub(super) fn create_or_update(
        &mut self,
        now: Timestamp,
        fields: &Map<String, Value>,
    ) -> Result<(Arc<User>, bool), Refusal> {
        let external_id = fields.get("external_id").and_then(Value::as_str);
        let by_external_id = external_id.and_then(|id| self.user_by_external_id(id));
        let existing = by_external_id.or_else(|| self.user_by_email(named_email(fields)?));
        match existing {
            Some(id) => Ok((self.update_user(now, id, fields)?, false)),
            None => Ok((self.create_user(now, fields)?, true)),
        }
    }
}
