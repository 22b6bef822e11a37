/// Columns as Go's text/tabwriter lays them out with Docker's settings: at least ten wide,
/// three spaces between. A column is a run of lines that have a tab after that cell.
enum TabWriter {
  private static let minimumWidth = 10
  private static let padding = 3

  static func format(_ text: String) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
      $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
    let endsLine = lines.last == [""]
    if endsLine { lines.removeLast() }
    var widths = lines.map { [Int](repeating: 0, count: max(0, $0.count - 1)) }
    measure(lines, 0..<lines.count, column: 0, &widths)
    let laidOut = zip(lines, widths).map { cells, widths in
      var line = ""
      for (index, cell) in cells.enumerated() {
        line += cell
        // The last cell of a line has no tab behind it and is not padded.
        if index < widths.count { line += String(repeating: " ", count: max(0, widths[index] - width(cell))) }
      }
      return line
    }
    return laidOut.joined(separator: "\n") + (endsLine ? "\n" : "")
  }

  private static func measure(
    _ lines: [[String]], _ range: Range<Int>, column: Int, _ widths: inout [[Int]]
  ) {
    var start = range.lowerBound
    while start < range.upperBound {
      guard widths[start].count > column else {
        start += 1
        continue
      }
      var end = start
      var widest = 0
      while end < range.upperBound, widths[end].count > column {
        widest = max(widest, width(lines[end][column]))
        end += 1
      }
      for line in start..<end { widths[line][column] = max(minimumWidth, widest + padding) }
      measure(lines, start..<end, column: column + 1, &widths)
      start = end
    }
  }

  private static func width(_ cell: String) -> Int { cell.unicodeScalars.count }
}
