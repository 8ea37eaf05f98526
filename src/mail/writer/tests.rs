use super::*;
use crate::{identity::EmailAddress, locale::Locale};

fn letters() -> Vec<(Message, Letter)> {
    let writer = Writer::built_in(Voices::built_in());
    let all = Locale::ALL.into_iter().flat_map(Message::samples);
    all.map(|message| {
        let letter = writer.write(&message);
        (message, letter)
    })
    .collect()
}

#[test]
fn every_mail_has_its_link_and_its_facts_in_both_parts_in_every_language() {
    for (message, letter) in letters() {
        let says = format!("{:?} in {:?}: {letter:?}", message.says, message.locale);
        let facts = message.says.facts();
        assert_eq!(letter.locale, message.locale);
        assert_eq!(letter.to, message.to);
        assert!(!letter.subject.is_empty(), "{says}");
        assert!(letter.text.lines().any(|line| line == facts.link), "{says}");
        let address = facts.address.map(EmailAddress::as_str);
        for fact in [facts.provider, address, Some(facts.link)]
            .into_iter()
            .flatten()
        {
            assert!(letter.text.contains(fact), "{says}: {fact}");
            assert!(letter.html.contains(fact), "{says}: {fact}");
        }
        let unsaid = format!("{}-", facts.mail);
        for said in [&letter.subject, &letter.text, &letter.html] {
            let is_said = !said.contains(&unsaid) && !said.contains("{ $");
            assert!(is_said, "{says}: {said}");
        }
    }
}
