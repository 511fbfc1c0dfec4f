/// A whole number of the kernel IR: a constant, or a function of the loop variables around it. Folded as it is built.
package indirect enum Index: Hashable, Sendable {
    case constant(Int)
    /// A loop's variable, by the loop's number.
    case variable(Int)
    case sum(Index, Index)
    case product(Index, Index)
    /// Rounded down, by a positive constant; the dividend is never negative.
    case quotient(Index, Int)
    case remainder(Index, Int)
    case minimum(Index, Index)
    case maximum(Index, Index)

    /// The number, when no loop variable is involved.
    package var constant: Int? {
        if case .constant(let value) = self { value } else { nil }
    }

    package static func + (left: Index, right: Index) -> Index {
        switch (left, right) {
        case (.constant(let first), .constant(let second)): .constant(first + second)
        case (.constant(0), let other), (let other, .constant(0)): other
        case (.sum(let inner, .constant(let first)), .constant(let second)): inner + .constant(first + second)
        case (.constant, _): .sum(right, left)
        default: .sum(left, right)
        }
    }

    package static func * (left: Index, right: Index) -> Index {
        switch (left, right) {
        case (.constant(let first), .constant(let second)): .constant(first * second)
        case (.constant(0), _), (_, .constant(0)): .constant(0)
        case (.constant(1), let other), (let other, .constant(1)): other
        case (.product(let inner, .constant(let first)), .constant(let second)): inner * .constant(first * second)
        case (.constant, _): .product(right, left)
        default: .product(left, right)
        }
    }

    package static func - (left: Index, right: Index) -> Index { left + right * .constant(-1) }
    package static func += (left: inout Index, right: Index) { left = left + right }

    package func divided(by divisor: Int) -> Index {
        if divisor == 1 { return self }
        if let value = constant { return .constant(value / divisor) }
        return .quotient(self, divisor)
    }

    package func modulo(_ divisor: Int) -> Index {
        if divisor == 1 { return 0 }
        if let value = constant { return .constant(value % divisor) }
        return .remainder(self, divisor)
    }

    package static func least(_ left: Index, _ right: Index) -> Index {
        if let first = left.constant, let second = right.constant { return .constant(min(first, second)) }
        return left == right ? left : .minimum(left, right)
    }

    package static func greatest(_ left: Index, _ right: Index) -> Index {
        if let first = left.constant, let second = right.constant { return .constant(max(first, second)) }
        return left == right ? left : .maximum(left, right)
    }

    /// The extent of tile number `tile` when `total` is cut into tiles of `size`: `size`, and less in the last one.
    package static func extent(of tile: Index, size: Int, total: Int) -> Index {
        if size >= total { return .constant(total) }
        return total % size == 0 ? .constant(size) : least(.constant(size), .constant(total) - tile * .constant(size))
    }
}

extension Index: ExpressibleByIntegerLiteral {
    package init(integerLiteral value: Int) { self = .constant(value) }
}

extension Index {
    /// The text form; `names` gives the loop variables' names by number.
    package func text(_ names: [String]) -> String {
        switch self {
        case .constant(let value): "\(value)"
        case .variable(let number): names.indices.contains(number) ? names[number] : "v\(number)"
        case .sum(let left, .constant(let value)) where value < 0: "\(left.text(names)) - \(-value)"
        case .sum(let left, .product(let right, .constant(-1))): "\(left.text(names)) - \(right.factorText(names))"
        case .sum(let left, let right): "\(left.text(names)) + \(right.text(names))"
        case .product(let left, let right): "\(left.factorText(names))*\(right.factorText(names))"
        case .quotient(let left, let right): "\(left.factorText(names))/\(right)"
        case .remainder(let left, let right): "\(left.factorText(names))%\(right)"
        case .minimum(let left, let right): "min(\(left.text(names)), \(right.text(names)))"
        case .maximum(let left, let right): "max(\(left.text(names)), \(right.text(names)))"
        }
    }

    private func factorText(_ names: [String]) -> String {
        switch self {
        case .sum, .product, .quotient, .remainder: "(\(text(names)))"
        default: text(names)
        }
    }
}
