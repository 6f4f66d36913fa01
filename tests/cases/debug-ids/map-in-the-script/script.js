f();
//# sourceMappingURL=data:application/json,{}
