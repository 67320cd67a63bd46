import { Controller, Get, Inject } from '@nestjs/common';

export const OPENAPI_DOCUMENT = Symbol('OpenApiDocument');

@Controller('openapi.json')
export class OpenApiController {
  constructor(@Inject(OPENAPI_DOCUMENT) private readonly document: object) {}

  @Get()
  get(): object {
    return this.document;
  }
}
