import Testing
import WherryEngine
import WherryModel

struct RequirementGraphTests {
  private let ids = (0..<4).map { _ in ContainerID.random() }

  @Test func whatIsRequiredComesFirst() {
    let graph = RequirementGraph([ids[0]: [ids[1], ids[2]], ids[1]: [ids[2]]])
    #expect(graph.order(before: ids[0]) == [ids[2], ids[1]])
    #expect(graph.order(before: ids[3]) == [])
    #expect(graph.sorted(ids) == [ids[2], ids[1], ids[0], ids[3]])
    #expect(graph.cycle(from: ids[0]) == nil)
  }

  @Test func aCircleIsFoundAndStopsNothingElse() {
    let graph = RequirementGraph([ids[0]: [ids[1]], ids[1]: [ids[0]], ids[2]: [ids[3]]])
    #expect(graph.order(before: ids[0]) == nil)
    #expect(graph.cycle(from: ids[0]) == [ids[0], ids[1], ids[0]])
    #expect(graph.sorted(ids) == [ids[3], ids[2], ids[0], ids[1]])
  }
}
