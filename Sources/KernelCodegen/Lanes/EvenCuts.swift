/// Tile sizes worth trying for an extent: the whole, halves, thirds, …; then ever smaller ones, down to 1. Even cuts waste least in the last tile.
func evenCuts(_ total: Int) -> [Int] {
    var sizes: [Int] = []
    var count = 1
    while count <= total {
        let size = (total + count - 1) / count
        if sizes.last != size { sizes.append(size) }
        count = count < 8 ? count + 1 : count + (count + 1) / 2
    }
    if sizes.last != 1 { sizes.append(1) }
    return sizes
}
