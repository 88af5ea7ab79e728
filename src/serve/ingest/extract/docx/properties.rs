//! A Word document's title, from its core properties. The other properties say
//! nothing that is worth indexing.

use super::archive::Part;
use super::body::reference;
use quick_xml::events::Event;

/// The title in `docProps/core.xml`, if it says anything.
pub fn title(mut part: Part<'_, '_>) -> Option<String> {
    let mut buffer = Vec::new();
    let mut title: Option<String> = None;
    loop {
        match part.read_event_into(&mut buffer).ok()? {
            Event::Start(tag) if tag.local_name().as_ref() == "title" => title = Some(String::new()),
            Event::Text(text) => {
                if let Some(title) = &mut title {
                    title.push_str(&text);
                }
            }
            Event::GeneralRef(entity) => {
                if let Some(title) = &mut title {
                    title.extend(reference(&entity));
                }
            }
            Event::End(tag) if tag.local_name().as_ref() == "title" => {
                let words = title?.split_whitespace().collect::<Vec<_>>().join(" ");
                return (!words.is_empty()).then_some(words);
            }
            Event::Eof => return None,
            _ => {}
        }
        buffer.clear();
    }
}
