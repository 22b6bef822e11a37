import Testing
import WherryModel
import WherryStore

@testable import WherryEngine

@Suite struct CleanupPolicyTests {
  private static let hour: UInt64 = 3600 * 1_000_000_000
  private static let day = 24 * hour
  private static let now = Timestamp(nanoseconds: 1000 * day)

  private static func id(_ name: String) -> Digest { Digest.sha256(of: name.utf8) }

  /// `used` and `added` are hours ago.
  private static func image(
    _ name: String, used: UInt64? = nil, added: UInt64 = 2000, repository: String? = "app",
    inUse: Bool = false, pinned: Bool = false, layers: [String]? = nil
  ) -> CleanupFacts.Image {
    CleanupFacts.Image(
      id: id(name), name: name, repositories: Set([repository].compactMap(\.self)),
      lastUsed: used.map { Timestamp(nanoseconds: now.nanoseconds - $0 * hour) }, isFormer: used != nil,
      added: Timestamp(nanoseconds: now.nanoseconds - added * hour), isInUse: inUse, isPinned: pinned,
      layers: (layers ?? [name]).map(id))
  }

  private static func facts(_ images: [CleanupFacts.Image], free: UInt64 = 90) -> CleanupFacts {
    var facts = CleanupFacts(now: now)
    facts.images = images
    for layer in images.flatMap(\.layers) { facts.sizes[layer] = 10 }
    (facts.totalBytes, facts.freeBytes) = (100, free)
    return facts
  }

  private static func policy(_ change: (inout CleanupPolicy) -> Void = { _ in }) -> CleanupPolicy {
    var policy = CleanupPolicy()
    change(&policy)
    return policy
  }

  struct Row: Sendable {
    var title: String
    var policy = CleanupPolicy()
    var images: [CleanupFacts.Image]
    var free: UInt64 = 90
    var gone: [String]
  }

  static let rows: [Row] = [
    Row(title: "nothing", images: [], gone: []),
    Row(
      title: "the current one and the one before it stay",
      images: [image("3", inUse: true), image("2", used: 30), image("1", used: 60)], gone: ["1"]),
    Row(
      title: "none runs: what was used last is the current one",
      images: [image("3", used: 30), image("2", used: 60), image("1", used: 90)], gone: ["1"]),
    Row(
      title: "a pinned one stays",
      images: [
        image("4", inUse: true), image("3", used: 30), image("2", used: 60, pinned: true),
        image("1", used: 90),
      ], gone: ["1"]),
    Row(
      title: "more may be kept", policy: policy { $0.keepPrevious = 2 },
      images: [image("3", inUse: true), image("2", used: 30), image("1", used: 60)], gone: []),
    Row(
      title: "none is kept that is not in use", policy: policy { $0.keepPrevious = 0 },
      images: [image("3", inUse: true), image("2", used: 30), image("1", used: 60)], gone: ["1", "2"]),
    Row(
      title: "one that was of use lately stays",
      images: [image("3", inUse: true), image("2", used: 1), image("1", used: 23)], gone: []),
    Row(
      title: "one that came lately stays, however long it was of no use",
      images: [image("3", inUse: true), image("2", used: 30), image("1", used: 60, added: 1)], gone: ["2"]),
    Row(
      title: "what no container has had stays: it may be what comes next",
      images: [image("3", inUse: true), image("4"), image("5")], gone: []),
    Row(
      title: "another repository has its own",
      images: [
        image("3", inUse: true), image("2", used: 30), image("b", used: 90, repository: "other"),
        image("c", used: 80, repository: "other"),
      ], gone: []),
    Row(
      title: "of none a repository is known",
      images: [image("1", used: 90, repository: nil), image("2", used: 80, repository: nil)], gone: []),
    Row(
      title: "by age", policy: policy { $0.maximumAge = .seconds(86_400 * 30) },
      images: [
        image("old", added: 800, repository: nil), image("young", added: 700, repository: nil),
        image("pinned", added: 900, repository: nil, pinned: true),
        image("used", added: 900, repository: nil, inUse: true),
      ], gone: ["old"]),
    Row(
      title: "for room: the least recently used first, until there is enough",
      images: [
        image("a", added: 90, repository: nil), image("b", added: 80, repository: nil),
        image("c", added: 70, repository: nil), image("d", added: 95, repository: nil, pinned: true),
      ], free: 5, gone: ["a", "b"]),
    Row(
      title: "for room nothing goes below the threshold",
      images: [image("a", added: 90, repository: nil)], free: 16, gone: []),
    Row(
      title: "for room current and previous stay",
      images: [image("3", inUse: true), image("2", used: 30), image("4")], free: 0, gone: []),
    Row(
      title: "what shares its layers frees nothing, so more goes",
      images: [
        image("a", added: 90, repository: nil, layers: ["x"]),
        image("b", added: 80, repository: nil, layers: ["x"]),
        image("c", added: 70, repository: nil),
      ], free: 11, gone: ["a", "b"]),
    Row(
      title: "for room not at all", policy: policy { $0.highThreshold = 100 },
      images: [image("a", added: 90, repository: nil)], free: 0, gone: []),
  ]

  @Test(arguments: rows.indices) func whatGoesIs(_ index: Int) {
    let row = Self.rows[index]
    let plan = row.policy.plan(Self.facts(row.images, free: row.free))
    let names = plan.items.map(\.name).sorted()
    #expect(names == row.gone, "\(row.title)")
    #expect(plan.items.allSatisfy { !$0.reason.isEmpty && $0.kind == .image })
  }

  @Test func onMissingEvidenceNoImageGoesAndLeftoversDo() {
    var facts = Self.facts([
      Self.image("3", inUse: true), Self.image("2", used: 30), Self.image("1", used: 60),
    ])
    facts.missing = ["a record cannot be read"]
    facts.downloads = [.init(name: "d", since: Timestamp(nanoseconds: 1), size: 7)]
    let plan = CleanupPolicy().plan(facts)
    #expect(plan.items.map(\.kind) == [.download])
    #expect(plan.held == "a record cannot be read")
    #expect(plan.reclaimed == 7)
  }

  @Test func aClockThatIsBehindTellsNoAge() {
    var facts = Self.facts([
      Self.image("3", inUse: true), Self.image("2", used: 30), Self.image("1", used: 60),
    ])
    facts.downloads = [.init(name: "d", since: Timestamp(nanoseconds: 1), size: 7)]
    facts.now = Timestamp(nanoseconds: 0)
    let plan = CleanupPolicy().plan(facts)
    #expect(plan.items.isEmpty)
    #expect(plan.held?.contains("clock") ?? false)
  }

  @Test func whatIsSetAsideGoesByAgeAndSizeOnlyWhereItWasReplaced() {
    func thing(_ name: String, days: UInt64, replaced: Bool = true, inUse: Bool = false)
      -> CleanupFacts.Leftover
    {
      .init(
        name: name, since: Timestamp(nanoseconds: Self.now.nanoseconds - days * Self.day), size: 100,
        isReplaced: replaced, isInUse: inUse)
    }
    var facts = CleanupFacts(now: Self.now)
    facts.aside = [
      thing("new", days: 1), thing("newer", days: 0), thing("old", days: 31),
      thing("lost", days: 400, replaced: false), thing("mounted", days: 400, inUse: true),
    ]
    var policy = CleanupPolicy()
    #expect(policy.plan(facts).items.map(\.name) == ["old"])
    policy.damagedSize = 100
    #expect(policy.plan(facts).items.map(\.name) == ["old", "new"])
    policy.damagedSize = 0
    policy.damagedAge = .zero
    #expect(policy.plan(facts).items.map(\.name) == ["old", "new", "newer"])
  }
}
