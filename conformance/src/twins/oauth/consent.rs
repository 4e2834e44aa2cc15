//! The pages that a person sees.

use super::parameters::Parameters;
use crate::twins::Answer;

/// The page that asks: the request's parameters in hidden fields, and two buttons.
pub(super) fn ask(client: &str, scopes: &[String], parameters: &Parameters) -> Answer {
    let hidden: String = parameters
        .pairs()
        .iter()
        .map(|(name, value)| {
            format!(
                "<input type=\"hidden\" name=\"{}\" value=\"{}\">\n",
                escaped(name),
                escaped(value)
            )
        })
        .collect();
    let scopes: String = scopes
        .iter()
        .map(|scope| format!("<li>{}</li>\n", escaped(scope)))
        .collect();
    let text = format!(
        "<h1>Allow {} to use your account?</h1>\n<ul>\n{scopes}</ul>\n<form method=\"post\">\n{hidden}\
         <button name=\"decision\" value=\"allow\">Allow</button>\n\
         <button name=\"decision\" value=\"deny\">Deny</button>\n</form>",
        escaped(client)
    );
    page(200, &text)
}

/// The page for a request whose client cannot be told, since it is not known, or not where to tell it.
pub(super) fn refuse(description: &str) -> Answer {
    page(
        400,
        &format!("<h1>This request cannot be taken</h1>\n<p>{description}</p>"),
    )
}

fn page(status: u16, text: &str) -> Answer {
    let html = format!("<!doctype html>\n<html lang=\"en\">\n<title>Authorize</title>\n{text}\n</html>\n");
    Answer {
        status,
        headers: vec![
            ("content-type".to_owned(), "text/html; charset=utf-8".to_owned()),
            // Nobody may put the buttons under somebody's finger.
            ("x-frame-options".to_owned(), "DENY".to_owned()),
        ],
        body: html.into_bytes(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
