/// What is wrong with a JSON text, and at which byte of it.
package struct JSONError: Error, Hashable, Sendable {
    package let offset: Int
    package let problem: Problem

    /// The first four mean broken text; the others well-formed text that is not what the format says.
    package enum Problem: Hashable, Sendable {
        case unexpectedEnd
        case expected(String)
        case nestedTooDeeply
        case numberOutOfRange
        case missingField(Field, of: String)
        case unknownKind(String, of: String)
        case severalKinds(of: String)
        case unknownCode(Int, of: String)
        case duplicateName(String)
        case treeSpecification
        case expression(String, ExpressionProblem)
    }
}
