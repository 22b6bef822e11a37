/// What a reader refuses whatever the bytes declare.
package struct CBORLimits: Sendable {
  /// Arrays, maps and tags inside one another.
  package var maximumDepth: Int
  /// Items in all, those inside arrays and maps included.
  package var maximumItems: Int
  /// Bytes of one text or byte string.
  package var maximumString: Int

  package init(maximumDepth: Int = 16, maximumItems: Int = 1 << 20, maximumString: Int = 4 << 20) {
    self.maximumDepth = maximumDepth
    self.maximumItems = maximumItems
    self.maximumString = maximumString
  }
}
