use super::*;

fn render(dialect: Dialect, source: &str, value: &str) -> Result<String, String> {
    let (templates, errors) = Templates::new(dialect, [("a", source.to_owned())]);
    assert!(errors.is_empty(), "{errors:?}");
    let context = Context::new(&serde_json::json!({"value": value, "nothing": null}));
    let rendered = templates.render("a", &context);
    rendered.map_err(|error| error.to_string())
}

#[test]
fn html_is_always_escaped_and_text_never() {
    let source = "{{ value }}{% autoescape false %}{{ value }}{% endautoescape %}";
    let escaped = "&#60;a b=&#34;&#39;/&#38;&#34;&#62;";
    let rendered = |dialect| render(dialect, source, "<a b=\"'/&\">").unwrap();
    assert_eq!(rendered(Dialect::Page), escaped.repeat(2));
    let escaped = "&lt;a b=&quot;&#x27;/&amp;&quot;&gt;";
    assert_eq!(rendered(Dialect::MailHtml), escaped.repeat(2));
    assert_eq!(rendered(Dialect::Text), "<a b=\"'/&\">".repeat(2));
    for dialect in [Dialect::Page, Dialect::MailHtml] {
        let error = render(dialect, "{{ value|safe }}", "").unwrap_err();
        assert!(error.starts_with("a, line 1: unknown filter"), "{error}");
    }
}

/// The filters of HTML templates. None of them can turn an escaped value into a tag: they return markup as a whole, in another
/// case, indented or trimmed.
const HTML_FILTERS: &[&str] = &[
    "abs",
    "attr",
    "batch",
    "bool",
    "capitalize",
    "chain",
    "count",
    "d",
    "default",
    "dictsort",
    "e",
    "escape",
    "first",
    "float",
    "groupby",
    "indent",
    "int",
    "items",
    "join",
    "length",
    "lower",
    "map",
    "max",
    "min",
    "pprint",
    "reject",
    "rejectattr",
    "round",
    "select",
    "selectattr",
    "slice",
    "sort",
    "string",
    "sum",
    "title",
    "trim",
    "unique",
    "upper",
    "zip",
];

/// A new version of the engine may add filters.
#[test]
fn html_has_only_the_allowed_filters() {
    for dialect in [Dialect::Page, Dialect::MailHtml] {
        let environment = format!("{:?}", dialect.environment());
        let (_, filters) = environment.split_once("filters: [").unwrap();
        let (filters, _) = filters.split_once(']').unwrap();
        assert_eq!(
            filters,
            format!("{HTML_FILTERS:?}").trim_matches(['[', ']'])
        );
    }
}

#[test]
fn unknown_and_empty_values_are_errors() {
    let error = |source| render(Dialect::Text, source, "").unwrap_err();
    assert_eq!(
        error("\n{{ valeu }}"),
        "a, line 2: undefined value: `valeu` is undefined"
    );
    assert_eq!(
        error("{{ nothing }}"),
        "a, line 1: undefined value: this value is not always set: check it with {% if %}"
    );
    let tested = render(
        Dialect::Text,
        "{% if nothing %}{{ nothing }}{% endif %}",
        "",
    );
    assert_eq!(tested.unwrap(), "");
}

#[test]
fn output_is_bounded() {
    let kib = "x".repeat(1024);
    let times = |count| {
        let source = format!("{{% for i in range({count}) %}}{{{{ value }}}}{{% endfor %}}");
        render(Dialect::Text, &source, &kib)
    };
    assert_eq!(times(2048).unwrap().len(), 2 * 1024 * 1024);
    let error = times(2049).unwrap_err();
    assert_eq!(error, "a: the output is longer than 2 MiB");
}

#[test]
fn built_in_templates_refer_to_built_in_templates() {
    let sources = [
        ("built-in/a", "[{% include 'b' %}]"),
        ("built-in/b", "built-in"),
        ("a", "{% include 'b' %} {% include 'built-in/a' %}"),
        ("b", "own"),
    ];
    let (templates, _) = Templates::new(Dialect::Text, sources);
    let context = Context::new(&serde_json::json!({}));
    assert_eq!(templates.render("a", &context).unwrap(), "own [built-in]");
    assert!(templates.has("b") && !templates.has("c"));
}
