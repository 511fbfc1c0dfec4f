import Basics

/// The domain of a lane program in the form that tiles are cut from: outer dimensions one by one, then a plane of height × width rows, then columns.
struct LaneDomain: Hashable {
    var outer: [Int]
    var height: Int
    var width: Int
    var columns: Int

    /// Any domain: the last dimension is the columns, the two before it the plane.
    init(_ dimensions: [Int]) {
        columns = dimensions.last ?? 1
        let rows = dimensions.dropLast()
        width = rows.last ?? 1
        height = rows.count > 1 ? rows[rows.count - 2] : 1
        outer = Array(rows.dropLast(2))
    }

    var rows: Int { height * width }
    var outerCount: Int { outer.reduce(1, *) }
    var elementCount: Int { outerCount * rows * columns }
}

/// The strides of a `LaneAccess` by the dimensions of a `LaneDomain`.
struct PlaneAccess: Hashable {
    var offset: Int
    var outer: [Int]
    var height: Int
    var width: Int
    var columns: Int

    init(_ access: LaneAccess) {
        offset = access.offset
        columns = access.strides.last ?? 0 == 0 ? 0 : 1
        let rows = access.strides.dropLast()
        width = rows.last ?? 0
        height = rows.count > 1 ? rows[rows.count - 2] : 0
        outer = Array(rows.dropLast(2))
    }

    var spread: Spread {
        let hasRows = height != 0 || width != 0
        return columns == 0 ? (hasRows ? .perRow : .scalar) : (hasRows ? .full : .perColumn)
    }
}

/// Over which lanes of a tile a value differs.
struct Spread: OptionSet, Hashable {
    let rawValue: UInt8

    static let perRow = Spread(rawValue: 1)
    static let perColumn = Spread(rawValue: 2)
    static let scalar: Spread = []
    static let full: Spread = [.perRow, .perColumn]

    /// Elements in a tile of rows × columns.
    func elements(rows: Int, columns: Int) -> Int {
        (contains(.perRow) ? rows : 1) * (contains(.perColumn) ? columns : 1)
    }
}

/// A tile of a domain while a kernel is built: where it begins, and how far it reaches.
struct LaneBlock {
    var outer: [Index] = []
    var y: Index = 0
    var x: Index = 0
    var n: Index = 0
    var height: Index = 1
    var width: Index = 1
    var columns: Index = 1

    var rows: Index { height * width }

    /// The element of an operand at which the block begins.
    func offset(_ access: PlaneAccess) -> Index {
        var offset = Index.constant(access.offset)
        for (index, stride) in zip(outer, access.outer) { offset += index * .constant(stride) }
        offset += y * .constant(access.height)
        offset += x * .constant(access.width)
        return offset + n * .constant(access.columns)
    }
}

/// A request's lane program with its dimensions merged as far as every access allows: fewer, longer dimensions make better tiles.
struct MergedLanes {
    private(set) var dimensions: [Int]
    private(set) var program: LaneProgram

    /// The program over `dimensions`; `keepsColumns` when rows mean something (reductions along them).
    init(_ program: LaneProgram, dimensions: [Int], keepsColumns: Bool) {
        self.program = program
        self.dimensions = dimensions
        let accesses = Self.accesses(of: program)
        var merged: [Int] = []
        var kept: [Int] = []
        let lastLong = dimensions.lastIndex { $0 > 1 } ?? dimensions.count - 1
        // A dimension of 1 at the end may go when the one before it can stand for the columns.
        let dropsLast = !keepsColumns && accesses.allSatisfy { (0...1).contains($0.strides[lastLong]) }
        for dimension in dimensions.indices {
            let isLast = dimension == dimensions.count - 1
            if dimensions[dimension] == 1, dimension != lastLong, !isLast || dropsLast { continue }
            if let last = kept.last, !(isLast && keepsColumns),
                accesses.allSatisfy({ $0.strides[last] == $0.strides[dimension] * dimensions[dimension] })
            {
                merged[merged.count - 1] *= dimensions[dimension]
                kept[kept.count - 1] = dimension
            } else {
                merged.append(dimensions[dimension])
                kept.append(dimension)
            }
        }
        self.dimensions = merged
        restrict(to: kept)
    }

    /// Every access of a program, operands and outputs.
    static func accesses(of program: LaneProgram) -> [LaneAccess] {
        let reads = program.steps.compactMap { step -> LaneAccess? in
            if case .operand(_, let access) = step { access } else { nil }
        }
        return reads + program.outputs.map(\.access)
    }

    private mutating func restrict(to kept: [Int]) {
        func restricted(_ access: LaneAccess) -> LaneAccess {
            LaneAccess(offset: access.offset, strides: kept.map { access.strides[$0] })
        }
        for index in program.steps.indices {
            if case .operand(let number, let access) = program.steps[index] {
                program.steps[index] = .operand(number, restricted(access))
            }
        }
        for index in program.outputs.indices { program.outputs[index].access = restricted(program.outputs[index].access) }
    }
}
