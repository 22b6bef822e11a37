import Testing

@testable import WherryGenerate

struct ParserTests {
  @Test func aMapIsReadWithItsNamesAndDocumentation() throws {
    let schema = try Parser.parse(
      """
      ; not this

      ; A boat.
      ; Made of wood.
      boat = {
        1: tstr,          ; name as painted
        ? 4: [* uint],    ; crew
        7: {* tstr => [* tstr]} ; cargo
      }
      """)
    #expect(schema.rules.count == 1)
    let rule = try #require(schema.rules.first)
    #expect(rule.name == "boat")
    #expect(rule.documentation == ["A boat.", "Made of wood."])
    #expect(rule.line == 5)
    #expect(
      rule.body
        == .map([
          Field(
            key: 1, isOptional: false, type: .name("tstr"), name: "name", documentation: "as painted", line: 6
          ),
          Field(
            key: 4, isOptional: true, type: .array(.name("uint"), minimum: 0), name: "crew",
            documentation: "", line: 7),
          Field(
            key: 7, isOptional: false, type: .table(.array(.name("tstr"), minimum: 0)), name: "cargo",
            documentation: "", line: 8),
        ]))
  }

  @Test func enumerationsMayTakeSeveralLines() throws {
    let schema = try Parser.parse("state = &(\n  up: 0,\n  half-down: 7,\n)\nother = &(a: 1, b: 2)")
    #expect(
      schema.rule("state")?.body
        == .enumeration([Case(name: "up", value: 0), Case(name: "half-down", value: 7)]))
    #expect(
      schema.rule("other")?.body == .enumeration([Case(name: "a", value: 1), Case(name: "b", value: 2)]))
  }

  @Test func framesArePassedOver() throws {
    let schema = try Parser.parse(
      "message = hello / end\nhello = [0, body: any, ? deadline: uint]\nend = [5, uint]")
    #expect(schema.rules.map(\.body) == [.frame, .frame, .frame])
  }

  @Test func aliasesAndArraysOfOneOrMoreAreRead() throws {
    let schema = try Parser.parse("a = uint\nb = [+ a]")
    #expect(schema.rule("a")?.body == .alias(.name("uint")))
    #expect(schema.rule("b")?.body == .alias(.array(.name("a"), minimum: 1)))
  }

  @Test func methodsAreReadFromComments() throws {
    let schema = try Parser.parse(
      """
      ; Rows it.
      ; @method 12 boat-row admin input=stroke output=splash
      boat-row-params = {
      }
      """)
    #expect(
      schema.methods == [
        Method(
          number: 12, name: "boat-row", role: "admin", input: "stroke", output: "splash",
          documentation: ["Rows it."], line: 2)
      ])
    #expect(schema.rules.first?.documentation == [])
  }

  @Test func sectionsReachToTheNext() throws {
    let schema = try Parser.parse("a = uint\n; ---- first part\nb = uint\n; ------- second\nc = uint")
    #expect(schema.rules.map(\.section) == [nil, "first part", "second"])
  }

  @Test(arguments: [
    ("a = uint\n= b", 2, "the name of a rule expected, found ="),
    ("a uint", 1, "= expected, found uint"),
    ("\n\na = {\n  x: tstr, ; name\n}", 4, "a key or } expected, found x"),
    ("a = {\n  1: tstr,\n}", 2, "a field ends in a comment that begins with its name"),
    ("a = {\n  1: tstr, ; Name\n}", 2, "a field ends in a comment that begins with its name"),
    ("a = {\n  1: tstr ; name\n  2: uint, ; other\n}", 3, ", or } expected, found 2"),
    ("a = {\n  1: tstr, ; name", 2, "a key or } expected, found end of file"),
    ("a = &(x: 1, y)", 1, ": expected, found )"),
    ("a = &(x: 1 y: 2)", 1, ", or ) expected, found y"),
    ("a = [0, uint", 1, "no ] ends this ["),
    ("a = [* uint", 1, "] expected, found end of file"),
    ("a = {* uint => tstr}", 1, "a table's keys are tstr"),
    ("a = \"text\"", 1, "unexpected \u{201c}\"\u{201d}"),
    ("a = &(x: 99999999999999999999)", 1, "the number 99999999999999999999 is too large"),
    ("; @method x boat-row admin", 1, "@method NUMBER NAME ROLE [input=RULE] [output=RULE] expected"),
    ("\n; @method 1 boat-row", 2, "@method NUMBER NAME ROLE [input=RULE] [output=RULE] expected"),
    ("; @method 1 boat-row admin inputs=x", 1, "unknown inputs=x in @method"),
    ("a =", 1, "a type expected, found end of file"),
  ])
  func aMistakeIsReportedWithItsLine(text: String, line: Int, reason: String) {
    #expect(throws: SchemaError(reason, line: line)) { try Parser.parse(text) }
  }
}
