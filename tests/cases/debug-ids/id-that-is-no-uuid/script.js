f();
//# debugId=42
