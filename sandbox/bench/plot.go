package main

func plotFiles(folder string, files []string) error { return nil }
