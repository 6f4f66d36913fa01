//! The functions of a parsed script, and how each is declared.

use super::name::{Name, Part};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use oxc_ast::ast::{
    Argument, ArrowFunctionExpression, AssignmentExpression, AssignmentPattern, AssignmentTarget,
    AssignmentTargetPropertyIdentifier, AssignmentTargetWithDefault, BindingIdentifier,
    BindingPattern, Class, ClassElement, ExportDefaultDeclaration, ExportDefaultDeclarationKind,
    Expression, FormalParameter, Function, MethodDefinitionKind, ObjectExpression,
    ObjectPropertyKind, Program, PropertyKey, VariableDeclarator,
};
use oxc_ast_visit::{Visit, walk};
use oxc_span::{GetSpan as _, Span};
use oxc_syntax::scope::ScopeFlags;

/// A function of the script.
pub(super) struct Scope<'a> {
    /// Where it begins and ends, in bytes.
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) name: Option<Name<'a>>,
    /// Whether it is a function that names itself nowhere.
    pub(super) is_anonymous: bool,
}

/// The functions of a script, in the order in which they begin.
pub(super) fn scopes_of<'a>(program: &Program<'a>) -> Vec<Scope<'a>> {
    let mut declarations = Declarations::default();
    declarations.visit_program(program);
    let mut scopes = declarations.scopes;
    // Of those that begin at one place the one outside is first.
    scopes.sort_by_key(|scope| (scope.start, core::cmp::Reverse(scope.end)));
    scopes
}

#[derive(Default)]
struct Declarations<'a> {
    scopes: Vec<Scope<'a>>,
    /// Names of functions, classes and objects that have none of their own, by where they begin:
    /// what they are assigned to.
    given: BTreeMap<u32, Name<'a>>,
}

impl<'a> Declarations<'a> {
    fn push(&mut self, span: Span, name: Option<Name<'a>>) {
        self.scopes.push(Scope {
            start: span.start,
            end: span.end,
            name,
            is_anonymous: false,
        });
    }

    fn push_anonymous(&mut self, span: Span, name: Option<Name<'a>>) {
        self.push(span, name);
        if let Some(scope) = self.scopes.last_mut() {
            scope.is_anonymous = true;
        }
    }

    /// The value of an expression is assigned to what has this name.
    fn give(&mut self, value: &Expression<'a>, name: &Name<'a>) {
        match value {
            Expression::FunctionExpression(_)
            | Expression::ArrowFunctionExpression(_)
            | Expression::ClassExpression(_)
            | Expression::ObjectExpression(_) => {
                self.given.insert(value.span().start, name.clone());
            }
            Expression::ParenthesizedExpression(inner) => self.give(&inner.expression, name),
            Expression::AssignmentExpression(inner) => self.give(&inner.right, name),
            Expression::LogicalExpression(inner) => {
                self.give(&inner.left, name);
                self.give(&inner.right, name);
            }
            Expression::ConditionalExpression(inner) => {
                self.give(&inner.consequent, name);
                self.give(&inner.alternate, name);
            }
            Expression::SequenceExpression(inner) => {
                if let Some(last) = inner.expressions.last() {
                    self.give(last, name);
                }
            }
            Expression::CallExpression(call) if is_plain(&call.callee) => {
                self.give_first(&call.arguments, name);
            }
            Expression::NewExpression(call) => self.give_first(&call.arguments, name),
            _ => {}
        }
    }

    /// A function that is wrapped has the name of the result: `Button = forwardRef(function(){})`,
    /// and the modules that bundlers wrap.
    fn give_first(&mut self, arguments: &[Argument<'a>], name: &Name<'a>) {
        if let Some(first) = arguments.first().and_then(Argument::as_expression)
            && matches!(
                first,
                Expression::FunctionExpression(_) | Expression::ArrowFunctionExpression(_)
            )
        {
            self.give(first, name);
        }
    }

    fn class_element(&mut self, class: Option<&Name<'a>>, element: &ClassElement<'a>) {
        match element {
            ClassElement::MethodDefinition(method) => {
                let name = match method.kind {
                    MethodDefinitionKind::Constructor => class.map(|class| Name {
                        constructor: true,
                        ..class.clone()
                    }),
                    _ => Some(Name::below(class, key(&method.key))),
                };
                if let Some(name) = name {
                    self.given.insert(method.value.span.start, name);
                }
            }
            ClassElement::PropertyDefinition(property) => {
                if let Some(value) = &property.value {
                    let initializer = if property.r#static { STATIC } else { MEMBERS };
                    self.push(value.span(), Some(Name::below(class, word(initializer))));
                    self.give(value, &Name::below(class, key(&property.key)));
                }
            }
            ClassElement::AccessorProperty(property) => {
                if let Some(value) = &property.value {
                    self.give(value, &Name::below(class, key(&property.key)));
                }
            }
            ClassElement::StaticBlock(block) => {
                self.push(block.span, Some(Name::below(class, word(STATIC))));
            }
            ClassElement::TSIndexSignature(_) => {}
        }
    }
}

impl<'a> Visit<'a> for Declarations<'a> {
    fn visit_function(&mut self, function: &Function<'a>, flags: ScopeFlags) {
        let given = self.given.remove(&function.span.start);
        match &function.id {
            Some(id) => self.push(function.span, Some(Name::new(identifier(id)))),
            None => self.push_anonymous(function.span, given),
        }
        walk::walk_function(self, function, flags);
    }

    fn visit_arrow_function_expression(&mut self, function: &ArrowFunctionExpression<'a>) {
        let name = self.given.remove(&function.span.start);
        self.push_anonymous(function.span, name);
        walk::walk_arrow_function_expression(self, function);
    }

    fn visit_class(&mut self, class: &Class<'a>) {
        let own = class.id.as_ref().map(|id| Name::new(identifier(id)));
        // A class that names itself within has another name there in what bundlers write.
        let name = self.given.remove(&class.span.start).or(own);
        for element in &class.body.body {
            self.class_element(name.as_ref(), element);
        }
        walk::walk_class(self, class);
    }

    fn visit_object_expression(&mut self, object: &ObjectExpression<'a>) {
        let name = self.given.remove(&object.span.start);
        for property in &object.properties {
            if let ObjectPropertyKind::ObjectProperty(property) = property {
                let name = Name::below(name.as_ref(), key(&property.key));
                self.give(&property.value, &name);
            }
        }
        walk::walk_object_expression(self, object);
    }

    fn visit_variable_declarator(&mut self, variable: &VariableDeclarator<'a>) {
        if let (BindingPattern::BindingIdentifier(id), Some(value)) = (&variable.id, &variable.init)
        {
            self.give(value, &Name::new(identifier(id)));
        }
        walk::walk_variable_declarator(self, variable);
    }

    fn visit_assignment_expression(&mut self, assignment: &AssignmentExpression<'a>) {
        if let Some(name) = target(&assignment.left) {
            self.give(&assignment.right, &name);
        }
        walk::walk_assignment_expression(self, assignment);
    }

    fn visit_assignment_pattern(&mut self, pattern: &AssignmentPattern<'a>) {
        if let BindingPattern::BindingIdentifier(id) = &pattern.left {
            self.give(&pattern.right, &Name::new(identifier(id)));
        }
        walk::walk_assignment_pattern(self, pattern);
    }

    fn visit_assignment_target_with_default(&mut self, with: &AssignmentTargetWithDefault<'a>) {
        if let Some(name) = target(&with.binding) {
            self.give(&with.init, &name);
        }
        walk::walk_assignment_target_with_default(self, with);
    }

    fn visit_assignment_target_property_identifier(
        &mut self,
        property: &AssignmentTargetPropertyIdentifier<'a>,
    ) {
        if let Some(value) = &property.init {
            let id = &property.binding;
            self.give(value, &Name::new(part(&id.name, id.span)));
        }
        walk::walk_assignment_target_property_identifier(self, property);
    }

    fn visit_formal_parameter(&mut self, parameter: &FormalParameter<'a>) {
        if let (BindingPattern::BindingIdentifier(id), Some(value)) =
            (&parameter.pattern, &parameter.initializer)
        {
            self.give(value, &Name::new(identifier(id)));
        }
        walk::walk_formal_parameter(self, parameter);
    }

    fn visit_export_default_declaration(&mut self, export: &ExportDefaultDeclaration<'a>) {
        let name = Name::new(word("default"));
        match &export.declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                self.given.insert(function.span.start, name);
            }
            ExportDefaultDeclarationKind::ClassDeclaration(class) => {
                self.given.insert(class.span.start, name);
            }
            other => {
                if let Some(value) = other.as_expression() {
                    self.give(value, &name);
                }
            }
        }
        walk::walk_export_default_declaration(self, export);
    }
}

/// The name of what is assigned to: `a.b.c`, without `this` and `prototype`.
fn target<'a>(target: &AssignmentTarget<'a>) -> Option<Name<'a>> {
    let mut parts = Vec::new();
    match target {
        AssignmentTarget::AssignmentTargetIdentifier(id) => parts.push(part(&id.name, id.span)),
        AssignmentTarget::StaticMemberExpression(member) => {
            object(&member.object, &mut parts);
            parts.push(part(&member.property.name, member.property.span));
        }
        AssignmentTarget::PrivateFieldExpression(member) => {
            object(&member.object, &mut parts);
            parts.push(private(&member.field.name, member.field.span));
        }
        AssignmentTarget::ComputedMemberExpression(member) => {
            object(&member.object, &mut parts);
            parts.push(match &member.expression {
                Expression::StringLiteral(text) => part(&text.value, text.span),
                _ => word(COMPUTED),
            });
        }
        _ => return None,
    }
    Some(Name::of(parts))
}

/// Whether a function is called by its name, or as a bundler calls one of another module:
/// `(0, react.memo)(…)`. A method, as `map` of a list, takes callbacks.
fn is_plain(callee: &Expression<'_>) -> bool {
    match callee {
        Expression::Identifier(_) => true,
        Expression::ParenthesizedExpression(inner) => {
            matches!(inner.expression, Expression::SequenceExpression(_))
        }
        _ => false,
    }
}

/// Adds the parts of the object whose member is assigned to, if they are names.
fn object<'a>(value: &Expression<'a>, parts: &mut Vec<Part<'a>>) {
    match value {
        Expression::Identifier(id) => parts.push(part(&id.name, id.span)),
        Expression::StaticMemberExpression(member) => {
            object(&member.object, parts);
            if member.property.name != "prototype" {
                parts.push(part(&member.property.name, member.property.span));
            }
        }
        _ => {}
    }
}

fn key<'a>(key: &PropertyKey<'a>) -> Part<'a> {
    let span = key.span();
    match key {
        PropertyKey::PrivateIdentifier(id) => private(&id.name, span),
        _ => key.static_name().map_or(word(COMPUTED), |text| Part {
            text,
            at: Some(span.start),
        }),
    }
}

fn identifier<'a>(id: &BindingIdentifier<'a>) -> Part<'a> {
    part(&id.name, id.span)
}

fn part<'a>(text: &(impl Into<&'a str> + Copy), span: Span) -> Part<'a> {
    let text: &'a str = (*text).into();
    Part {
        text: text.into(),
        at: Some(span.start),
    }
}

fn private<'a>(name: &str, span: Span) -> Part<'a> {
    Part {
        text: alloc::format!("#{name}").into(),
        at: Some(span.start),
    }
}

/// A part that does not stand in the script.
fn word<'a>(text: &'static str) -> Part<'a> {
    Part {
        text: text.into(),
        at: None,
    }
}

/// The names that V8 has for what initialises the fields of an object, and those of a class.
const MEMBERS: &str = "<instance_members_initializer>";
const STATIC: &str = "<static_initializer>";
const COMPUTED: &str = "<computed>";
