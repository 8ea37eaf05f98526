//! A browser without scripts on real sockets. It follows redirects between servers, keeps cookies
//! by site, and submits forms.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use url::{Url, form_urlencoded};

/// The maximum number of redirects, more than any flow has.
const MOST_REDIRECTS: usize = 20;

/// A browser without scripts.
#[derive(Default)]
pub struct HttpBrowser {
    /// Host and port → name → value. Every cookie is `SameSite=Lax`, the default of browsers.
    jar: BTreeMap<String, BTreeMap<String, String>>,
    /// Set if cookies belong to a host, as in real browsers, and not to one port of it.
    pub shares_cookies_across_ports: bool,
    /// Every visited URL, in order.
    visited: Vec<Url>,
}

/// A loaded page.
#[derive(Debug)]
pub struct Page {
    pub url: Url,
    pub status: u16,
    pub body: String,
}

/// A form of a page.
struct Form {
    action: Url,
    is_post: bool,
    /// Name → value.
    fields: BTreeMap<String, String>,
    buttons: BTreeMap<String, String>,
}

impl HttpBrowser {
    /// Opens a URL as if typed into the address bar.
    pub fn open(&mut self, url: &str) -> Page {
        self.go(&url.parse().unwrap(), None, None)
    }

    /// Follows a link of a page.
    pub fn follow(&mut self, page: &Page, link: &str) -> Page {
        let url = page.url.join(link).unwrap();
        self.go(&url, None, Some(&page.url))
    }

    /// Fills in the only form of a page and submits the form.
    pub fn submit(&mut self, page: &Page, filled: &[(&str, &str)]) -> Page {
        let mut form = page.form();
        for (name, value) in filled {
            let field = form.fields.get_mut(*name);
            let field = field.unwrap_or_else(|| panic!("no field {name}: {}", page.body));
            (*value).clone_into(field);
        }
        self.send(page, form)
    }

    /// Submits the only form unchanged, with the button of this name.
    pub fn press(&mut self, page: &Page, button: &str) -> Page {
        let mut form = page.form();
        let value = form.buttons.remove(button);
        let value = value.unwrap_or_else(|| panic!("no button {button}: {}", page.body));
        form.fields.insert(button.to_owned(), value);
        self.send(page, form)
    }

    fn send(&mut self, page: &Page, form: Form) -> Page {
        let mut written = form_urlencoded::Serializer::new(String::new());
        let written = written.extend_pairs(form.fields).finish();
        let from = Some(&page.url);
        if form.is_post {
            self.go(&form.action, Some(written), from)
        } else {
            let mut url = form.action;
            url.set_query(Some(&written));
            self.go(&url, None, from)
        }
    }

    /// Navigates from a page, or from the address bar.
    fn go(&mut self, url: &Url, mut body: Option<String>, from: Option<&Url>) -> Page {
        let mut url = url.clone();
        // A request that another site caused stays cross-site through redirects.
        let mut site = "none";
        for _ in 0..MOST_REDIRECTS {
            self.visited.push(url.clone());
            site = match from {
                None => site,
                Some(_) if site == "cross-site" => site,
                Some(page) if page.origin() == url.origin() => "same-origin",
                Some(page) if page.host() == url.host() => "same-site",
                Some(_) => "cross-site",
            };
            let (status, head, answer) = self.exchange(&url, body.as_deref(), from, site);
            let Some(next) = header(&head, "location").filter(|_| (300..400).contains(&status))
            else {
                return Page {
                    url,
                    status,
                    body: answer,
                };
            };
            url = url.join(next).unwrap();
            if [301, 302, 303].contains(&status) {
                body = None;
            }
        }
        panic!("round and round: {:#?}", self.visited)
    }

    /// Sends one request, keeps the cookies, and returns the status, the head and the body.
    fn exchange(
        &mut self,
        url: &Url,
        body: Option<&str>,
        from: Option<&Url>,
        site: &str,
    ) -> (u16, String, String) {
        let authority = url.authority().to_owned();
        let owner = if self.shares_cookies_across_ports {
            url.host_str().unwrap_or_default().to_owned()
        } else {
            authority.clone()
        };
        let mut stream = TcpStream::connect(&*url.socket_addrs(|| None).unwrap()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();

        let method = if body.is_some() { "POST" } else { "GET" };
        let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
        // HTTP/1.0 responses are never chunked.
        let mut head = vec![
            format!("{method} {target} HTTP/1.0"),
            format!("Host: {authority}"),
            format!("Sec-Fetch-Site: {site}"),
            "Sec-Fetch-Mode: navigate".to_owned(),
            "Accept: text/html".to_owned(),
        ];
        let withheld = body.is_some() && site == "cross-site";
        let cookies = self.jar.get(&owner).filter(|_| !withheld);
        let cookies: Vec<_> = cookies
            .into_iter()
            .flatten()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            head.push(format!("Cookie: {}", cookies.join("; ")));
        }
        if let Some(body) = body {
            if let Some(page) = from {
                head.push(format!("Origin: {}", page.origin().ascii_serialization()));
            }
            head.push("Content-Type: application/x-www-form-urlencoded".to_owned());
            head.push(format!("Content-Length: {}", body.len()));
        }
        let request = format!("{}\r\n\r\n{}", head.join("\r\n"), body.unwrap_or_default());
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();

        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        self.keep(&owner, head);
        (status, head.to_owned(), body.to_owned())
    }

    fn keep(&mut self, authority: &str, head: &str) {
        let jar = self.jar.entry(authority.to_owned()).or_default();
        for cookie in headers(head, "set-cookie") {
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let (name, value) = pair.split_once('=').unwrap();
            let is_over = attributes.to_lowercase().contains("max-age=0")
                || attributes
                    .to_lowercase()
                    .contains("expires=thu, 01 jan 1970");
            if is_over {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

impl Page {
    /// A parameter of the URL's query.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = self.url.query_pairs();
        pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
    }

    /// The target of the link with this text.
    pub fn link(&self, text: &str) -> Option<String> {
        self.body.split("<a ").skip(1).find_map(|anchor| {
            let (tag, rest) = anchor.split_once('>')?;
            let (shown, _) = rest.split_once("</a>")?;
            shown.contains(text).then(|| attribute(tag, "href"))?
        })
    }

    /// The only form.
    fn form(&self) -> Form {
        let forms: Vec<_> = self.body.split("<form").skip(1).collect();
        let [form] = forms[..] else {
            panic!("not one form: {} {}\n{}", self.url, self.status, self.body);
        };
        let (form, _) = form.split_once("</form>").unwrap();
        let (tag, inside) = form.split_once('>').unwrap();
        let named = |kind: &str| {
            let tags = inside.split(kind).skip(1).filter_map(|rest| {
                let (tag, _) = rest.split_once('>')?;
                let value = attribute(tag, "value").unwrap_or_default();
                Some((attribute(tag, "name")?, value))
            });
            tags.collect()
        };
        let action = attribute(tag, "action").unwrap_or_default();
        Form {
            action: self.url.join(&action).unwrap(),
            is_post: attribute(tag, "method").is_some_and(|it| it.eq_ignore_ascii_case("post")),
            fields: named("<input"),
            buttons: named("<button"),
        }
    }
}

fn headers<'a>(head: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    head.lines().filter_map(move |line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    headers(head, name).next()
}

/// The unescaped value of an attribute of a tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    let mut text = String::new();
    let mut pieces = value.split('&');
    text += pieces.next()?;
    for piece in pieces {
        let (entity, rest) = piece.split_once(';').expect("an entity");
        text.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            _ => {
                let number = entity.strip_prefix('#').expect("a number");
                let number = match number.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => number.parse(),
                };
                char::from_u32(number.unwrap()).unwrap()
            }
        });
        text += rest;
    }
    Some(text)
}
