import Testing

@testable import WherryGenerate

struct ChecksTests {
  @Test(arguments: [
    ("a = {\n  1: boat, ; name\n}", 2, "boat is not defined"),
    ("a = [* b]", 1, "b is not defined"),
    ("a = uint\n\na = tstr", 3, "a is defined twice"),
    ("tstr = uint", 1, "tstr is defined twice"),
    ("a = {\n  2: uint, ; x\n  1: uint, ; y\n}", 3, "key 1 of a does not ascend"),
    ("a = {\n  1: uint, ; x\n  1: uint, ; y\n}", 3, "key 1 of a does not ascend"),
    ("a = {\n  1: uint, ; x\n  2: uint, ; x\n}", 3, "a has two fields x"),
    ("a = &(x: 1, y: 1)", 1, "a name or number of a occurs twice"),
    ("a = &(x: 1, x: 2)", 1, "a name or number of a occurs twice"),
    ("a = {\n  1: [* [* uint]], ; x\n}", 2, "this nesting of arrays and tables is not supported"),
    ("a = {\n  1: [* bstr], ; x\n}", 2, "this nesting of arrays and tables is not supported"),
    ("; @method 1 x admin", 1, "x-params is not defined"),
    ("; @method 1 x admin\nx-params = uint", 1, "x-result is not defined"),
    ("; @method 1 x captain\nx-params = uint\nx-result = uint", 1, "unknown role captain"),
    ("; @method 1 x admin input=y\nx-params = uint\nx-result = uint", 1, "y is not defined"),
    (
      "; @method 1 x admin\n; @method 1 y admin\nx-params = uint\nx-result = uint", 2,
      "method 1 y is declared twice"
    ),
  ])
  func aMistakeIsReportedWithItsLine(text: String, line: Int, reason: String) throws {
    let schema = try Parser.parse(text)
    #expect(throws: SchemaError(reason, line: line)) { try Checks.run(schema) }
  }

  @Test func rulesOfAnImportedSchemaMayBeUsed() throws {
    let imported = try Parser.parse("boat = {\n}")
    let schema = try Parser.parse("fleet = {\n  1: [* boat], ; boats\n}")
    try Checks.run(schema, imported: imported)
    #expect(throws: SchemaError("boat is not defined", line: 2)) { try Checks.run(schema) }
    #expect(throws: SchemaError("boat is defined twice", line: 1)) {
      try Checks.run(imported, imported: imported)
    }
  }
}
