import Testing

@testable import WherryCommands

@Suite struct CopyPlanTests {
  private static func plan(
    _ source: String, _ isFolder: Bool, _ destination: String, exists: Bool, folder: Bool = false
  ) throws -> String {
    let plan = try CopyPlan(
      source: source, isFolder: isFolder,
      to: .init(path: destination, exists: exists, isFolder: folder))
    return "\(plan.folder) \(plan.name)"
  }

  @Test func dockersRules() throws {
    #expect(try Self.plan("/a/b", false, "/x", exists: true, folder: true) == "/x b")
    #expect(try Self.plan("/a/b", true, "/x", exists: true, folder: true) == "/x b")
    #expect(try Self.plan("/a/b/.", true, "/x", exists: true, folder: true) == "/x .")
    #expect(try Self.plan("/a/b/", true, "/x/", exists: true, folder: true) == "/x/ b")
    #expect(try Self.plan("/a/b", false, "/x/y", exists: true) == "/x y")
    #expect(try Self.plan("/a/b", false, "/x/y", exists: false) == "/x y")
    #expect(try Self.plan("/a/b/.", true, "/x/y", exists: false) == "/x y")
    #expect(try Self.plan("b", true, "y/", exists: false) == ". y")
    #expect(throws: OptionError.self) { try Self.plan("/a", true, "/x", exists: true) }
    #expect(throws: OptionError.self) { try Self.plan("/a", false, "/x/", exists: false) }
  }

  @Test func placesAreToldApart() {
    #expect(CopyPlace("box:/a") == .container("box", path: "/a"))
    #expect(CopyPlace("box:a:b") == .container("box", path: "/a:b"))
    #expect(CopyPlace("./box:a") == .local("./box:a"))
    #expect(CopyPlace("/box:a") == .local("/box:a"))
    #expect(CopyPlace(":a") == .local(":a"))
    #expect(CopyPlace("file") == .local("file"))
    #expect(CopyPlace("-") == .stream)
  }

  @Test func linksLeadFromTheirFolder() {
    #expect(CopyPlan.follow("/x", at: "/a/b") == "/x")
    #expect(CopyPlan.follow("x", at: "/a/b") == "/a/x")
    #expect(CopyPlan.follow("../x", at: "/b") == "/../x")
  }
}
