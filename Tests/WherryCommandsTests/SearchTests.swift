import Testing
import WherryOCI
import WherryWire

@testable import WherryCommands

@Suite struct SearchTests {
  @Test(arguments: [
    ("alpine", "docker.io", "alpine", ""), ("user/image", "docker.io", "user/image", ""),
    ("reg.example/a", "reg.example", "a", "reg.example/"),
    ("localhost/a/b", "localhost", "a/b", "localhost/"),
    ("host:5000/", "host:5000", "", "host:5000/"), ("docker.io/alpine", "docker.io", "alpine", ""),
    ("index.docker.io/alpine", "docker.io", "alpine", ""), ("", "docker.io", "", ""),
    ("/a", "docker.io", "/a", ""),
  ])
  func aTermNamesItsRegistry(_ word: String, _ registry: String, _ text: String, _ prefix: String) {
    let term = SearchTerm(word)
    #expect(term.registry == registry)
    #expect(term.text == text)
    #expect(term.prefix == prefix)
  }

  @Test func filtersAreDockers() throws {
    let popular = RegistryEntry(name: "a", stars: 10, official: true)
    let other = RegistryEntry(name: "b", stars: 3)
    #expect(try SearchFilter(["stars": ["3", "5"]]).matches(popular))
    #expect(try !SearchFilter(["stars": ["3", "5"]]).matches(other))
    #expect(try SearchFilter(["is-official": ["true"]]).matches(popular))
    #expect(try !SearchFilter(["is-official": ["true"]]).matches(other))
    #expect(try SearchFilter(["is-official": ["0"]]).matches(other))
    #expect(try !SearchFilter(["is-automated": ["true"]]).matches(popular))
    #expect(try SearchFilter([:]).matches(other))
  }

  @Test(arguments: [["stars": ["-1"]], ["stars": ["x"]], ["is-official": ["maybe"]], ["nonsense": ["1"]]])
  func otherFiltersAreRefused(_ filters: [String: [String]]) {
    #expect(throws: OptionError.self) { try SearchFilter(filters) }
  }

  @Test func aTagBesideAllTagsIsRefused() throws {
    let repository = "\(try AllTags.repository("reg.example:5000/a"))"
    #expect(repository == "reg.example:5000/a")
    for text in ["a:1", "a@sha256:\(String(repeating: "a", count: 64))"] {
      #expect(throws: UsageError.self) { try AllTags.repository(text) }
    }
  }

  @Test func whatIsAttachedToAnImageIsNoImage() {
    let digest = "sha256-" + String(repeating: "a", count: 64)
    for tag in [digest, digest + ".sig", digest + ".att", digest + ".sbom"] { #expect(!AllTags.isImage(tag)) }
    for tag in ["1.0", "sha256-1", digest + ".1", digest + "a", "sig"] { #expect(AllTags.isImage(tag)) }
  }

  @Test func aDescriptionIsOneLineOfItsWidth() throws {
    let entry = RegistryEntry(
      name: "a", description: "one\ntwo\u{1b}[0m " + String(repeating: "x", count: 80))
    guard
      case .string(let short)? = SearchRow.value(entry, prefix: "r/", truncates: true, terminal: true)[
        "Description"]
    else {
      Issue.record("no description")
      return
    }
    #expect(short.hasPrefix("one two"))
    #expect(!short.contains("\u{1b}") && short.count <= 60)
  }
}
