//! `curl` and its like, as the request that they send.

use holdpoint_core::HazardKind;

use super::walk::Walk;
use super::way::{Stdin, Way};
use super::word::Word;
use crate::ReadError;
use crate::http::{self, Request};

/// Options that are followed by a value which does not matter here.
const VALUES: [&str; 36] = [
    "-A",
    "-b",
    "-c",
    "-e",
    "-E",
    "-m",
    "-w",
    "-x",
    "--connect-timeout",
    "--max-time",
    "--retry",
    "--cacert",
    "--cert",
    "--key",
    "--user-agent",
    "--write-out",
    "-u",
    "--user",
    "--proxy",
    "--resolve",
    "--retry-delay",
    "-T",
    "--timeout",
    "--tries",
    "-t",
    "-C",
    "-K",
    "--limit-rate",
    "--oauth2-bearer",
    "-a",
    "-U",
    "--referer",
    "--cookie",
    "--interface",
    "-D",
    "--dump-header",
];

/// Options that are followed by a body.
const BODIES: [&str; 14] = [
    "-d",
    "--data",
    "--data-raw",
    "--data-binary",
    "--json",
    "--post-data",
    "--body-data",
    "--data-urlencode",
    "-F",
    "--form",
    "--post-file",
    "--body-file",
    "--form-string",
    "--data-ascii",
];

/// A request in the making.
#[derive(Default)]
struct Sending {
    request: Request,
    urls: Vec<String>,
    /// Where the answer is written.
    output: Vec<Word>,
    /// A body that is not shown, by its name.
    unseen: Option<String>,
    has_body: bool,
}

/// Judges the requests that a command sends.
pub(super) fn act(walk: &mut Walk, name: &str, args: &[Word], way: &Way) -> Result<(), ReadError> {
    let sending = Sending::of(name, args, way);
    for word in &sending.output {
        super::files::written(walk, word, false, way);
    }
    if sending.urls.is_empty() {
        return walk.read(name);
    }
    for url in &sending.urls {
        let request = &sending.request;
        let text = format!("{} {url} {}", request.method, request.body);
        let request = Request { text, url: url.clone(), ..request.clone() };
        let mut acts = http::acts(std::slice::from_ref(&request), &mut walk.hidden)?;
        for act in &mut acts {
            // The command is what a person reads, not the request made of it.
            act.text.clear();
            if let Some(body) = sending.unseen.as_ref().filter(|_| act.acts()) {
                act.adds_hazard(HazardKind::Unknown, format!("the body `{body}` is not shown"));
            }
        }
        walk.acts.extend(acts);
    }
    Ok(())
}

impl Sending {
    fn of(name: &str, args: &[Word], way: &Way) -> Self {
        let mut sending = Self::default();
        let mut rest = args.iter();
        while let Some(word) = rest.next() {
            let (option, inline) = match word.text.split_once('=') {
                Some((option, value)) if option.starts_with("--") => (option, Some(Word::known(value))),
                _ => (word.text.as_str(), None),
            };
            if !option.starts_with('-') || option == "-" {
                sending.word(name, &word.text);
                continue;
            }
            // `-XDELETE`, `-d@file`: a value may stand right behind its letter.
            let joined = ["-X", "-d", "-H", "-F"]
                .into_iter()
                .find(|short| name == "curl" && option.starts_with(short) && option.len() > 2);
            let inline = joined.map(|short| word.behind(short)).or(inline);
            let option = joined.unwrap_or(option);
            let takes = VALUES.contains(&option) || BODIES.contains(&option) || sending.is_own(name, option);
            let value = if takes {
                inline.or_else(|| rest.next().cloned()).unwrap_or_default()
            } else {
                Word::default()
            };
            sending.option(name, option, value, way);
        }
        if sending.request.method.is_empty() {
            sending.request.method = if sending.has_body { "POST" } else { "GET" }.to_owned();
        }
        sending
    }

    fn is_own(&self, name: &str, option: &str) -> bool {
        let output =
            matches!(option, "-o" | "--output" | "--output-document") || (option == "-O" && name != "curl");
        output
            || matches!(
                option,
                "-X" | "--request" | "--method" | "-H" | "--header" | "--url" | "--upload-file"
            )
    }

    fn option(&mut self, name: &str, option: &str, value: Word, way: &Way) {
        match option {
            "-X" | "--request" | "--method" => self.request.method = value.text.to_ascii_uppercase(),
            "-H" | "--header" => {
                if let Some((name, value)) = value.text.split_once(':') {
                    self.request.headers.push((name.trim().to_owned(), value.trim().to_owned()));
                }
            }
            "-G" | "--get" => self.request.method = "GET".to_owned(),
            "-I" | "--head" | "--spider" => self.request.method = "HEAD".to_owned(),
            "--url" => self.urls.push(value.text),
            "-T" | "--upload-file" if name == "curl" && self.request.method.is_empty() => {
                self.request.method = "PUT".to_owned();
            }
            "-u" | "--user" if name == "curl" => {
                self.request.headers.push(("Authorization".to_owned(), String::new()));
            }
            _ if BODIES.contains(&option) => self.body(&value, option.ends_with("-file"), way),
            _ if self.is_own(name, option) => self.output.push(value),
            _ => {}
        }
    }

    fn body(&mut self, body: &Word, file: bool, way: &Way) {
        self.has_body = true;
        match (&way.stdin, body.text.as_str()) {
            (Stdin::Text(text), "@-") => self.request.body.push_str(text),
            _ if file || body.text.starts_with('@') || !body.is_known() => {
                self.unseen = Some(body.text.clone())
            }
            _ => {
                if !self.request.body.is_empty() {
                    self.request.body.push('&');
                }
                self.request.body.push_str(&body.text);
            }
        }
    }

    /// An address, or what HTTPie takes: a method before it, headers and fields behind.
    fn word(&mut self, name: &str, text: &str) {
        let short = name != "curl" && name != "wget";
        if short && text.chars().all(|c| c.is_ascii_uppercase()) {
            self.request.method = text.to_owned();
        } else if short && !self.urls.is_empty() && text.contains(['=', ':']) {
            match text.split_once(':').filter(|_| !text.contains('=')) {
                Some((name, value)) => self.request.headers.push((name.to_owned(), value.to_owned())),
                None => {
                    self.has_body |= !text.contains("==");
                    self.request.body.push_str(text);
                    self.request.body.push('&');
                }
            }
        } else {
            self.urls.push(text.to_owned());
        }
    }
}
