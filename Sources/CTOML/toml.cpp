#define TOML_EXCEPTIONS 0
// Version 3.3 asserts what a document can break, such as that a table's name begins with a letter, just before it refuses it.
#define TOML_ASSERT(condition) static_cast<void>(0)
#include <toml++/toml.h>

#include <cstdio>

#include "CTOML.h"

namespace {

TOMLText text(std::string_view view) { return {view.data(), view.size()}; }

void visit(const toml::node &node, TOMLText key, const TOMLVisitor &visitor);

void visitMembers(const toml::table &table, const TOMLVisitor &visitor) {
    for (auto &&[key, value] : table) visit(value, text(key.str()), visitor);
}

void visit(const toml::node &node, TOMLText key, const TOMLVisitor &visitor) {
    if (auto table = node.as_table()) {
        visitor.begin(visitor.context, key, true);
        visitMembers(*table, visitor);
        visitor.end(visitor.context);
    } else if (auto array = node.as_array()) {
        visitor.begin(visitor.context, key, false);
        for (auto &&element : *array) visit(element, {nullptr, 0}, visitor);
        visitor.end(visitor.context);
    } else if (auto string = node.as_string()) {
        visitor.text(visitor.context, key, text(string->get()));
    } else if (auto integer = node.as_integer()) {
        visitor.integer(visitor.context, key, integer->get());
    } else if (auto number = node.as_floating_point()) {
        visitor.number(visitor.context, key, number->get());
    } else if (auto boolean = node.as_boolean()) {
        visitor.boolean(visitor.context, key, boolean->get());
    } else {
        visitor.time(visitor.context, key);
    }
}

}  // namespace

bool CTOMLRead(TOMLText document, const TOMLVisitor *visitor, TOMLProblem *problem) {
    auto result = toml::parse(std::string_view{document.bytes ? document.bytes : "", document.count});
    if (!result) {
        auto message = result.error().description();
        problem->line = result.error().source().begin.line;
        std::snprintf(problem->message, sizeof problem->message, "%.*s", static_cast<int>(message.size()), message.data());
        return false;
    }
    visitMembers(result.table(), *visitor);
    return true;
}
