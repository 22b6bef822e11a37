import Testing
import WherryModel

@Suite struct IPAddressTests {
  @Test(arguments: [
    ("10.0.0.1", "10.0.0.1"), ("::", "::"), ("::1", "::1"), ("fe80::1", "fe80::1"),
    ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
    ("::ffff:1.2.3.4", "::ffff:102:304"), ("1:0:0:4:0:0:0:8", "1:0:0:4::8"),
  ]) func textIsReadAndWrittenAsRFC5952(_ text: String, _ canonical: String) {
    #expect(IPAddress(text)?.description == canonical)
  }

  @Test(arguments: [
    "", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4.5", "+1.2.3.4", ":", ":::", "1::2::3", "12345::", "g::",
    "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::1%eth0", "[::1]", "1.2.3.4:5",
  ]) func whatIsNoAddressIsRefused(_ text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test(arguments: [
    ("10.1.2.3/8", "10.0.0.0/8"), ("10.1.2.3/20", "10.1.0.0/20"), ("10.1.2.3/32", "10.1.2.3/32"),
    ("fd00::1/64", "fd00::/64"), ("1.2.3.4/0", "0.0.0.0/0"),
  ]) func aPrefixHasNoBitsBehindIt(_ text: String, _ canonical: String) {
    #expect(IPPrefix(text)?.description == canonical)
  }

  @Test(arguments: [
    "10.0.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "fd00::/129", "/8", "10.0.0.0/8/8",
  ])
  func whatIsNoPrefixIsRefused(_ text: String) {
    #expect(IPPrefix(text) == nil)
  }

  @Test func prefixesKnowWhatIsInThem() throws {
    let prefix = try #require(IPPrefix("10.0.0.0/24"))
    #expect(prefix.contains(try #require(IPAddress("10.0.0.255"))))
    #expect(!prefix.contains(try #require(IPAddress("10.0.1.0"))))
    #expect(prefix.last.description == "10.0.0.255")
    #expect(!prefix.isUsable(prefix.base) && !prefix.isUsable(prefix.last))
    #expect(prefix.overlaps(try #require(IPPrefix("10.0.0.128/25"))))
    #expect(!prefix.overlaps(try #require(IPPrefix("10.0.1.0/24"))))
    #expect(prefix.base.adding(256)?.description == "10.0.1.0")
    #expect(IPAddress("255.255.255.255")?.adding(1) == nil)
  }

  @Test(arguments: [
    ("02:42:0a:57:00:02", true), ("02-42-0A-57-00-02", true), ("01:00:5e:00:00:01", false),
    ("02:42:0a:57:00", false),
    ("2:42:0a:57:00:02:", false), ("0g:42:0a:57:00:02", false),
  ]) func macAddresses(_ text: String, _ isValid: Bool) {
    #expect((MACAddress(text) != nil) == isValid)
  }
}
