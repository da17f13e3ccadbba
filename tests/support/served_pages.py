"""The MER pages as a browser gets them: their elements, and the message that is shown in place of a page."""

from html.parser import HTMLParser

PASSWORD = "for tests: %/@"


class Elements(HTMLParser):
    """Elements, attributes and text of a page, as a browser parses them."""

    def __init__(self, page):
        super().__init__()
        self.elements = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def named(self, tag, **attrs):
        return [attributes for name, attributes in self.elements if name == tag and attrs.items() <= attributes.items()]


def parse_page(response):
    """Parse a page; fails unless the status is 200."""
    assert response.status_code == 200, response.text
    return Elements(response.text)


def message_line(response, status):
    """Read the one-line message that is shown instead of a page; fails unless the status is `status`."""
    assert response.status_code == status
    (_,) = Elements(response.text).named("p", id="message")
    text = response.text.partition('id="message"')[2].partition(">")[2].partition("</p>")[0]
    assert "\n" not in text
    assert "Traceback" not in text
    assert PASSWORD not in text
    return text
