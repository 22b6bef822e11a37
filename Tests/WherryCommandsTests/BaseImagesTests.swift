import Testing

@testable import WherryCommands

/// Which images a build needs before it begins (Dockerfile reference, FROM, ARG, COPY --from, RUN --mount).
@Suite struct BaseImagesTests {
  private static func bases(_ text: String, _ arguments: [String: String] = [:]) -> [String] {
    BaseImages(text, arguments: arguments).references
  }

  @Test func fromNamesThem() {
    #expect(Self.bases("FROM busybox") == ["busybox"])
    #expect(
      Self.bases("# a comment\n\nfrom --platform=linux/arm64 a.example:5000/x/y:1 as one\nRUN true") == [
        "a.example:5000/x/y:1"
      ])
    #expect(Self.bases("FROM a\r\nFROM b\r\nFROM a\r\n") == ["a", "b"])
    #expect(Self.bases("FROM scratch\nCOPY x /") == [])
    #expect(Self.bases("") == [])
    #expect(Self.bases("FROM") == [])
    #expect(Self.bases("FROM --platform=x") == [])
  }

  @Test func stagesAreNoImages() {
    #expect(
      Self.bases("FROM a AS build\nRUN make\nFROM build\nFROM b\nCOPY --from=build /x /\nCOPY --from=0 /y /")
        == ["a", "b"])
    #expect(Self.bases("FROM a AS Build\nFROM build") == ["a"])
  }

  @Test func copiesAndMountsNameImagesToo() {
    #expect(Self.bases("FROM a\nCOPY --from=tools:2 /bin/x /\nADD --from=c / /") == ["a", "tools:2", "c"])
    #expect(Self.bases("FROM a\nRUN --mount=type=bind,from=d,target=/d true") == ["a", "d"])
  }

  @Test func variablesBeforeTheFirstFromAreExpanded() {
    #expect(Self.bases("ARG V=1\nFROM a:$V") == ["a:1"])
    #expect(Self.bases("ARG V=1\nFROM a:${V}-x", ["V": "2"]) == ["a:2-x"])
    #expect(Self.bases("ARG V\nFROM a:${V:-3}") == ["a:3"])
    #expect(Self.bases("ARG V=\"4\"\nARG W=$V\nFROM a:${W:+set}") == ["a:set"])
    #expect(Self.bases("FROM b\nARG V=1\nFROM a:$V") == ["b"])
  }

  @Test(arguments: [
    "FROM $", "FROM ${", "FROM a:${V", "FROM ${V:?must}", "FROM $TARGETARCH", "FROM ${}", "ARG =\nFROM $",
  ])
  func whatIsNotUnderstoodIsLeftToTheBuilder(_ text: String) {
    #expect(Self.bases(text) == [])
  }

  @Test func linesGoOn() {
    #expect(Self.bases("FROM \\\n  a \\\n# between\n\n  AS x\nFROM b") == ["a", "b"])
    #expect(Self.bases("# escape=`\nFROM `\n a") == ["a"])
    #expect(Self.bases("# syntax=docker/dockerfile:1\n# escape = `\nFROM `\n a") == ["a"])
    #expect(Self.bases("FROM a\\") == ["a"])
  }

  @Test func theyAreBounded() {
    let text = (0..<1000).map { "FROM image\($0)" }.joined(separator: "\n")
    #expect(Self.bases(text).count == BaseImages.maximum)
    #expect(!BaseImages(text, arguments: [:]).isComplete)
    let doubled = (1..<64).map { "ARG V\($0)=$V\($0 - 1)$V\($0 - 1)" }.joined(separator: "\n")
    #expect(Self.bases("ARG V0=xxxxxxxxxx\n\(doubled)\nFROM $V63") == [])
  }
}
